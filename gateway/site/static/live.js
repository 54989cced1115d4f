// What arrives while a page is open: totals follow, and new contributions are announced, never slipped in under the
// reader's eyes. Not for those who prefer less data or less motion, nor while the page is hidden.

const facts = document.body.dataset;
const words = JSON.parse(facts.words);
const count = new Intl.NumberFormat(words.language);
const sparing = matchMedia("(prefers-reduced-data: reduce), (prefers-reduced-motion: reduce)");
const TRY_AGAIN = 60_000;
const shown = location.pathname.match(/\/contributions\/([0-9a-f-]{36})$/)?.[1] ?? null;
const arrived = new Set();
let changed = false;
let last = "";
let stream = null;
let waiting = 0;

// It is there, empty, before it speaks: screen readers announce what changes in a region they know.
const notice = document.createElement("div");
notice.setAttribute("role", "status");

function announce() {
  const number = arrived.size;
  if (!number && !changed) return;
  const text = number === 0 ? words.changed : number === 1 ? words.arrivedOne : words.arrivedMany.replace("%n", count.format(number));
  const link = document.createElement("a");
  link.href = location.pathname + (number && !shown ? "?sort=recent" : location.search);
  link.textContent = number ? words.see : words.refresh;
  const line = document.createElement("p");
  line.className = "status done";
  line.append(text, " ", link);
  notice.replaceChildren(line);
}

// Whether an item belongs on this page: what stands by itself on a list, what answers the contribution on its own page.
const listing = document.getElementById("contributions") !== null;
const belongs = (item) => (shown ? item.parent === shown : listing && item.parent === null);

function hear(event) {
  last = event.lastEventId;
  const { contributions, tallies } = JSON.parse(event.data);
  document.dispatchEvent(new CustomEvent("tallies", { detail: tallies }));
  for (const item of contributions) {
    const here = document.getElementById(`c-${item.id}`) !== null || item.id === shown;
    if (here) changed ||= !item.new;
    else if (item.new && item.state === "published" && belongs(item)) arrived.add(item.id);
    else arrived.delete(item.id);
  }
  announce();
}

function open() {
  const after = last ? `?after=${encodeURIComponent(last)}` : "";
  stream = new EventSource(`/live/consultations/${facts.consultation}${after}`);
  stream.addEventListener("hello", (event) => { last = event.lastEventId; });
  stream.addEventListener("changes", hear);
  stream.addEventListener("missed", () => { changed = true; announce(); });
  // A stream that was cut comes back by itself; one that was refused (too many listeners) does not.
  stream.addEventListener("error", () => {
    if (stream?.readyState !== EventSource.CLOSED) return;
    stream = null;
    waiting = setTimeout(follow, TRY_AGAIN * (1 + Math.random()));
  });
}

function follow() {
  clearTimeout(waiting);
  const wanted = !document.hidden && !sparing.matches && !navigator.connection?.saveData;
  if (wanted && !stream) open();
  if (!wanted && stream) {
    stream.close();
    stream = null;
  }
}

if (facts.consultation && facts.state === "open" && document.querySelector("#contributions, [data-tally], [data-brief]")) {
  (document.querySelector("#contributions h2") ?? document.querySelector("h1")).after(notice);
  document.addEventListener("visibilitychange", follow);
  sparing.addEventListener("change", follow);
  navigator.connection?.addEventListener?.("change", follow);
  addEventListener("pagehide", () => { stream?.close(); stream = null; });
  addEventListener("pageshow", follow);
}
