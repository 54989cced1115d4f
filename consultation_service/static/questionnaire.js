// Shows and hides conditional questions as soon as an answer changes. The server decides again when the page is sent.

const form = document.querySelector("form.questionnaire");
if (form) start(form);

function start(form) {
  const earlier = JSON.parse(form.dataset.earlier || "{}");
  const conditional = [...form.querySelectorAll("[data-show-if]")].map((element) => ({
    element,
    condition: JSON.parse(element.dataset.showIf),
  }));
  const refresh = () => update(form, earlier, conditional);
  form.addEventListener("change", refresh);
  form.addEventListener("input", refresh);
  for (const free of form.querySelectorAll(".free input:not([type=radio], [type=checkbox])")) {
    free.addEventListener("input", () => {
      if (free.value) free.closest(".free").querySelector("[type=radio], [type=checkbox]").checked = true;
      refresh();
    });
  }
  refresh();
}

function update(form, earlier, conditional) {
  // Questions are read from the top: the answer to one that is hidden does not count for those below.
  const kept = { ...earlier };
  const conditions = new Map(conditional.map(({ element, condition }) => [element, condition]));
  for (const element of form.querySelectorAll("[data-key]")) {
    const shown = !conditions.has(element) || holds(conditions.get(element), kept);
    element.hidden = !shown;
    remember(form, element.dataset.key, shown);
    const answer = shown ? answerOf(form, element) : null;
    if (answer !== null) kept[element.dataset.key] = answer;
  }
}

// Tells the server what was seen on this page, so that it shows again only what was not.
function remember(form, key, shown) {
  const known = form.querySelector(`input[name="seen"][value="${key}"]`);
  if (shown && !known) {
    const seen = document.createElement("input");
    seen.type = "hidden";
    seen.name = "seen";
    seen.value = key;
    form.append(seen);
  } else if (!shown && known) {
    known.remove();
  }
}

function answerOf(form, element) {
  const name = `q.${element.dataset.key}`;
  const data = new FormData(form);
  const given = data.getAll(name).filter((value) => value !== "");
  switch (element.dataset.kind) {
    case "single":
      return given.length ? choice(given[0]) : null;
    case "multiple":
      return given.length ? given.map(choice) : null;
    case "scale":
    case "number":
      return given.length ? Number(given[0].replace(/\s/g, "").replace(",", ".")) : null;
    case "ranking": {
      const ranks = [...data].filter(([field, rank]) => field.startsWith(`${name}.`) && rank);
      return ranks.length ? ranks.map(([field]) => field.slice(name.length + 1)) : null;
    }
  }
  return null;
}

function choice(value) {
  return value === "other" ? { other: "" } : value;
}

function holds(condition, kept) {
  switch (condition.test) {
    case "equals": {
      const answer = kept[condition.question];
      return typeof answer === "object" && answer ? condition.value === "other" : answer === condition.value;
    }
    case "contains":
      return (kept[condition.question] ?? []).some((one) =>
        typeof one === "object" ? condition.option === "other" : one === condition.option,
      );
    case "not":
      return !holds(condition.condition, kept);
    case "all":
      return condition.conditions.every((each) => holds(each, kept));
    case "any":
      return condition.conditions.some((each) => holds(each, kept));
  }
  return true;
}
