// Ranks by dragging, with buttons and with the keyboard; every move is announced. The ranks stay in the form's selects,
// which are what is sent, and which do the work when there is no script.

for (const list of document.querySelectorAll(".ranking")) start(list);

function start(list) {
  const words = list.dataset;
  const live = list.nextElementSibling;
  const most = Number(words.most);
  const items = [...list.children];
  const rest = document.createElement("li");
  rest.className = "rest";
  rest.textContent = words.rest;
  const ranks = new Map(items.map((item) => [item, item.querySelector("select")]));
  const rankOf = (item) => Number(ranks.get(item).value) || Infinity;

  const button = (label, symbol, act, item) => {
    const made = document.createElement("button");
    made.type = "button";
    made.setAttribute("aria-label", `${label} : ${item.dataset.title}`);
    made.title = label;
    made.textContent = symbol;
    made.addEventListener("click", () => {
      if (made.getAttribute("aria-disabled") === "true") return;
      act(item);
      made.focus();
    });
    return made;
  };

  for (const item of items) {
    ranks.get(item).closest("label").hidden = true;
    const place = document.createElement("span");
    place.className = "place";
    const handle = button(words.handle, "⠿", () => {}, item);
    handle.className = "handle";
    handle.addEventListener("pointerdown", (event) => drag(event, item, handle));
    handle.addEventListener("keydown", (event) => keys(event, item, handle));
    item.prepend(handle, place);
    const moves = document.createElement("span");
    moves.className = "moves";
    const up = button(words.up, "↑", (one) => move(one, -1), item);
    const down = button(words.down, "↓", (one) => move(one, 1), item);
    const toggle = button(words.add, "", turn, item);
    moves.append(up, down, toggle);
    item.append(moves);
    item.parts = { place, up, down, toggle };
  }

  const ranked = () => {
    const children = [...list.children];
    return children.slice(0, children.indexOf(rest));
  };

  function settle(item) {
    const order = ranked();
    for (const over of order.slice(most)) list.insertBefore(over, rest.nextSibling);
    const kept = order.slice(0, most);
    for (const one of items) {
      const rank = kept.indexOf(one) + 1;
      const { place, up, down, toggle } = one.parts;
      ranks.get(one).value = rank ? String(rank) : "";
      place.textContent = rank ? String(rank) : "–";
      one.classList.toggle("unplaced", !rank);
      up.hidden = down.hidden = !rank;
      up.setAttribute("aria-disabled", String(rank === 1));
      down.setAttribute("aria-disabled", String(rank === kept.length));
      const label = rank ? words.remove : words.add;
      toggle.textContent = label;
      toggle.setAttribute("aria-label", `${label} : ${one.dataset.title}`);
      toggle.setAttribute("aria-disabled", String(!rank && kept.length >= most));
    }
    rest.hidden = kept.length === items.length;
    if (item) {
      const rank = kept.indexOf(item) + 1;
      say(rank ? words.placed : words.removed, { title: item.dataset.title, rank, count: kept.length });
    }
    list.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function say(sentence, facts) {
    live.textContent = sentence.replace(/\{(\w+)\}/g, (_, name) => String(facts[name]));
  }

  function move(item, step) {
    const order = ranked();
    const place = order.indexOf(item);
    if (place < 0) return turn(item);
    const target = order[place + step];
    if (!target) return;
    if (step < 0) list.insertBefore(item, target);
    else list.insertBefore(target, item);
    settle(item);
  }

  function turn(item) {
    const inside = ranked().includes(item);
    if (!inside && ranked().length >= most) return say(words.full, { most });
    if (inside) rest.after(item);
    else list.insertBefore(item, rest);
    settle(item);
  }

  function keys(event, item, handle) {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    if (step > 0 && ranked().at(-1) === item) turn(item);
    else move(item, step);
    handle.focus();
  }

  // Listens on the window: an element that moves in the page while it is dragged loses the pointer.
  function drag(event, item, handle) {
    event.preventDefault();
    item.classList.add("dragged");
    const follow = (moved) => {
      const under = document.elementsFromPoint(moved.clientX, moved.clientY);
      const over = under.map((element) => element.closest(".ranking > li")).find((one) => one && one !== item);
      if (!over || over.parentElement !== list) return;
      const box = over.getBoundingClientRect();
      if (moved.clientY < box.top + box.height / 2) over.before(item);
      else over.after(item);
    };
    const end = () => {
      window.removeEventListener("pointermove", follow);
      window.removeEventListener("pointerup", end);
      window.removeEventListener("pointercancel", end);
      item.classList.remove("dragged");
      settle(item);
      handle.focus();
    };
    window.addEventListener("pointermove", follow);
    window.addEventListener("pointerup", end);
    window.addEventListener("pointercancel", end);
  }

  const sorted = [...items].sort((one, other) => rankOf(one) - rankOf(other));
  list.append(...sorted.filter((item) => rankOf(item) < Infinity), rest);
  list.append(...sorted.filter((item) => rankOf(item) === Infinity));
  settle(null);
}

// With a budget, says how many points are left while they are shared.
const budget = document.querySelector(".budget");
if (budget) {
  const fields = [...document.querySelectorAll("input[name^='points.']")];
  const total = Number(budget.dataset.total);
  const count = () => {
    const left = total - fields.reduce((sum, field) => sum + (Number(field.value) || 0), 0);
    budget.textContent = budget.dataset.left.replace("{left}", String(left)).replace("{total}", String(total));
    budget.classList.toggle("over", left < 0);
  };
  for (const field of fields) field.addEventListener("input", count);
  count();
}
