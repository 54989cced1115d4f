// Dragging, on top of lists whose order is changed with buttons. A list says where to send what was dropped (data-drop)
// and whether items go into each other (data-nested); an item has data-id, the list inside it data-parent.

const list = document.querySelector("[data-drop]");

function send(moved, parent, before) {
  const form = document.createElement("form");
  form.method = "post";
  form.action = list.dataset.drop;
  for (const [name, value] of Object.entries({ moved, parent, before })) {
    const field = document.createElement("input");
    field.type = "hidden";
    field.name = name;
    field.value = value;
    form.append(field);
  }
  document.body.append(form);
  form.submit();
}

// Where the pointer is: before an item, after it, or inside it (to the right of the middle of its lower half).
function target(dragged, x, y) {
  const item = document.elementFromPoint(x, y)?.closest("[data-drop] li");
  if (!item || dragged.contains(item)) return null;
  const box = item.querySelector(".item").getBoundingClientRect();
  if (y < box.top + box.height / 2) return { item, where: "over" };
  return { item, where: "nested" in list.dataset && x > box.left + box.width / 3 ? "inside" : "after" };
}

function mark(found) {
  for (const marked of list.querySelectorAll(".over, .after, .inside")) marked.classList.remove("over", "after", "inside");
  found?.item.classList.add(found.where);
}

function drop(dragged, { item, where }) {
  const holder = item.parentElement.dataset.parent;
  if (where === "inside") send(dragged.dataset.id, item.dataset.id, "");
  else if (where === "over") send(dragged.dataset.id, holder, item.dataset.id);
  else {
    let next = item.nextElementSibling;
    if (next === dragged) next = next.nextElementSibling;
    send(dragged.dataset.id, holder, next ? next.dataset.id : "");
  }
}

function begin(start) {
  const handle = start.currentTarget;
  const dragged = handle.closest("li");
  let found = null;
  handle.setPointerCapture(start.pointerId);
  dragged.classList.add("dragged");
  const move = (event) => {
    found = target(dragged, event.clientX, event.clientY);
    mark(found);
  };
  const end = (event) => {
    handle.removeEventListener("pointermove", move);
    handle.removeEventListener("pointerup", end);
    handle.removeEventListener("pointercancel", end);
    dragged.classList.remove("dragged");
    mark(null);
    if (event.type === "pointerup" && found) drop(dragged, found);
  };
  handle.addEventListener("pointermove", move);
  handle.addEventListener("pointerup", end);
  handle.addEventListener("pointercancel", end);
}

for (const handle of list?.querySelectorAll(".handle") ?? []) {
  handle.hidden = false;
  handle.addEventListener("pointerdown", begin);
}
