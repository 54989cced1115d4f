// Points out personal data while somebody writes. Nothing is kept of what is sent; the server asks again at the end.

const PAUSE = 700;
const notice = document.querySelector("[data-personal]");
if (notice) start(notice, notice.closest("form"));

function start(notice, form) {
  const fields = [...form.querySelectorAll("input[name=title], textarea")];
  const kinds = JSON.parse(notice.dataset.personal);
  let timer = 0;
  let asked = "";
  const look = async () => {
    const text = fields.map((field) => field.value).join("\n");
    if (text === asked) return;
    asked = text;
    const found = await findings(text);
    // Somebody who went on writing is told of what they wrote since.
    if (found && text === asked) show(notice, kinds, found, [...text]);
  };
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(look, PAUSE);
  });
}

async function findings(text) {
  try {
    const answer = await fetch("/v1/personal-data", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ text }),
    });
    return answer.ok ? (await answer.json()).findings : null;
  } catch {
    return null; // Without a network there is nothing to say; the server looks again when the form is sent.
  }
}

// Places are counted in code points, as `characters` are.
function show(notice, kinds, found, characters) {
  const told = new Map(
    found.map(({ kind, start, end }) => [characters.slice(start, end).join(""), kinds[kind] ?? kind]),
  );
  notice.querySelector("ul").replaceChildren(
    ...[...told].map(([words, kind]) => {
      const item = document.createElement("li");
      const mark = document.createElement("mark");
      mark.textContent = words;
      item.append(mark, ` (${kind})`);
      return item;
    }),
  );
  notice.hidden = told.size === 0;
}
