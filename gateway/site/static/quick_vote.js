// One statement at a time: the first card of the page becomes the only one and shows them in turn. Its votes are sent by
// cloison.js, straight to consultation_service, as everywhere; so is asked what one has voted on already. The list, the
// least voted first, is the same for everybody: drawing at random in its first part is what spreads the votes.

const quick = document.querySelector("[data-quick]");
const { press, published, recognised, say, vote, votes } = await import(quick.dataset.script);
const says = JSON.parse(quick.dataset.says);
const language = document.documentElement.lang;
const [card, ...others] = quick.querySelectorAll(".quick-card");
const form = card.querySelector("form");
const heading = card.querySelector("h2");
const text = card.querySelector(".quick-text");
const end = quick.querySelector("[data-end]");
const moves = quick.querySelector(".quick-moves");
const undo = quick.querySelector("[data-undo]");
const failed = quick.querySelector("[data-failed]");
const progress = quick.querySelector("[data-progress]");
const arrows = quick.querySelector("[data-arrows]");
const still = matchMedia("(prefers-reduced-motion: reduce)");
const FRACTION = 4;
const FEWEST = 10;
const FAR = 80;

const deck = [];
const later = [];
const past = [];
const known = new Map();
let address = quick.dataset.quick;
let shown = null;

const busy = () => form.hasAttribute("aria-busy");

// --- What comes next ------------------------------------------------------------------------------------------------

function learn(item) {
  if (known.has(item.id)) return;
  known.set(item.id, item);
  deck.push(item);
}

// What a card of the page says, so that these at least can be voted on when the list cannot be read.
function learnCard(one) {
  const said = one.querySelector("h2").textContent;
  const more = one.querySelector(".quick-text");
  learn({ id: one.querySelector("form").dataset.vote, ...(more.hidden ? { title: "", text: said } : { title: said, text: more.textContent }) });
}

async function more() {
  const response = await fetch(address, { credentials: "omit" });
  if (!response.ok) throw new Error(String(response.status));
  const { items, next } = await response.json();
  address = next && `${quick.dataset.quick}?cursor=${encodeURIComponent(next)}`;
  for (const item of items) learn(item);
}

async function drawn() {
  for (;;) {
    const among = Math.min(deck.length, Math.max(FEWEST, Math.ceil(deck.length / FRACTION)));
    if (among) {
      const [item] = deck.splice(Math.floor(Math.random() * among), 1);
      if (!votes.get(item.id)) return item;
    } else if (address) await more();
    else return null;
  }
}

async function named(id) {
  if (known.has(id)) return known.get(id);
  const item = await published(id).catch(() => null);
  if (item?.state !== "published") return null;
  known.set(id, { id, title: item.title, text: item.body });
  return known.get(id);
}

// --- The card -------------------------------------------------------------------------------------------------------

function show(item, { focus = true } = {}) {
  shown = item;
  const index = deck.indexOf(item);
  if (index >= 0) deck.splice(index, 1);
  card.id = `c-${item.id}`;
  heading.textContent = item.title || item.text;
  text.textContent = item.title ? item.text : "";
  text.hidden = !item.title || !item.text || item.text === item.title;
  form.action = form.action.replace(form.dataset.vote, item.id);
  form.dataset.vote = item.id;
  form.elements.return.value = `${quick.dataset.here}#c-${item.id}`;
  form.querySelector("legend").textContent = says.legend.replace("%t", () => item.title || item.text);
  card.querySelector(".tools a").href = quick.dataset.items + item.id;
  press(form, votes.get(item.id));
  card.hidden = moves.hidden = false;
  moves.firstElementChild.hidden = false;
  end.hidden = true;
  if (focus) heading.focus();
  if (focus && !still.matches) card.animate([{ opacity: 0.2, translate: "0 .5rem" }, { opacity: 1, translate: "0 0" }], 140);
}

function finish(focus) {
  shown = null;
  card.hidden = moves.firstElementChild.hidden = true;
  end.hidden = false;
  end.querySelector("[data-later]").hidden = !later.length;
  if (focus) end.querySelector("h2").focus();
}

async function advance(options = {}) {
  failed.textContent = "";
  try {
    const item = await drawn();
    if (item) show(item, options);
    else finish(options.focus !== false);
  } catch {
    const again = document.createElement("button");
    again.type = "button";
    again.className = "quiet";
    again.textContent = JSON.parse(document.body.dataset.words).again;
    again.addEventListener("click", () => advance());
    failed.replaceChildren(says.unread, " ", again);
  }
}

function count() {
  const number = past.length;
  const sentence = new Intl.PluralRules(language).select(number) === "one" ? says.one : says.many;
  progress.textContent = number ? sentence.replace("%n", new Intl.NumberFormat(language).format(number)) : says.none;
  undo.hidden = !number;
}

// --- What one does --------------------------------------------------------------------------------------------------

form.addEventListener("voted", ({ detail: { id, choice } }) => {
  const place = past.findIndex((item) => item.id === id);
  if (place >= 0) past.splice(place, 1);
  if (choice) past.push(shown?.id === id ? shown : known.get(id));
  count();
  if (choice) advance();
  else { say(form, says.undone); heading.focus(); }
});

// “Try again” goes away when it is used: the focus must not.
form.querySelector(".status").addEventListener("click", () => heading.focus(), true);

// While a vote is on its way, another one would be about we do not know which statement.
card.addEventListener("submit", (event) => {
  if (!busy()) return;
  event.preventDefault();
  event.stopPropagation();
}, true);

quick.querySelector("[data-skip]").addEventListener("click", () => {
  if (busy() || !shown) return;
  later.push(shown);
  say(form, says.skipped);
  advance();
});

undo.addEventListener("click", () => {
  if (busy() || !past.length) return;
  if (shown && !votes.get(shown.id)) deck.unshift(shown);
  show(past.at(-1));
  vote(form, "withdraw");
});

quick.querySelector("[data-again]").addEventListener("click", () => {
  deck.push(...later.splice(0));
  advance();
});

if (arrows) {
  const kept = () => { try { return localStorage.getItem("arrows"); } catch { return null; } };
  arrows.checked = kept() !== "off";
  arrows.addEventListener("change", () => {
    try { localStorage.setItem("arrows", arrows.checked ? "on" : "off"); } catch { /* for this page only, then */ }
  });
  card.addEventListener("keydown", (event) => {
    if (!arrows.checked || event.repeat || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
    choose(event.key) && event.preventDefault();
  });
  quick.querySelector("[data-keys]").hidden = false;
}

function choose(key) {
  const button = form.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (button) form.requestSubmit(button);
  return button !== null;
}

// --- Pushed aside with a finger -------------------------------------------------------------------------------------

let from = null;

function settle() {
  from = null;
  card.style.translate = "";
}

card.addEventListener("pointerdown", (event) => {
  const onControl = event.target.closest("a, button");
  from = event.pointerType === "touch" && event.isPrimary && !onControl && form.querySelector("[data-key]") ? event.clientX : null;
});
card.addEventListener("pointermove", (event) => {
  if (from !== null && !still.matches) card.style.translate = `${event.clientX - from}px`;
});
card.addEventListener("pointerup", (event) => {
  const far = from === null ? 0 : event.clientX - from;
  settle();
  if (Math.abs(far) >= FAR) choose(far < 0 ? "ArrowLeft" : "ArrowRight");
});
card.addEventListener("pointercancel", settle);

// --- Start ----------------------------------------------------------------------------------------------------------

for (const one of [card, ...others]) learnCard(one);
for (const other of others) other.remove();
const [, wanted] = await Promise.all([more().catch(() => { /* it is asked for again when it is needed */ }), recognised]);
const first = wanted?.id ?? location.hash.match(/^#c-([0-9a-f-]{36})$/)?.[1];
const item = first && await named(first);
if (item) show(item, { focus: Boolean(wanted) });
else await advance({ focus: false });
progress.hidden = false;
count();
quick.dataset.ready = "";
if (item && wanted && votes.get(item.id) !== wanted.choice) vote(form, wanted.choice);
