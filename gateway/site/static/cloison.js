// What script adds to pages that work without it: votes that answer at once, texts that are never lost, and totals that
// follow. It speaks to consultation_service directly, so the gateway never learns who is reading. No HTML is ever made
// from text here (Trusted Types forbid it).

const facts = document.body.dataset;
const words = JSON.parse(facts.words);
const api = `${facts.origin}/v1`;
const count = new Intl.NumberFormat(words.language);
const percent = new Intl.NumberFormat(words.language, { style: "percent" });
const WAITS = [200, 250, 300, 350, 400, 500, 600, 800, 1000, 1500];
const votes = new Map();

class Refused extends Error {
  constructor(status, problem) {
    super(problem[words.language] || words.failed);
    this.status = status;
    this.field = problem.field || "";
  }
}

async function ask(method, path, body, headers = {}) {
  const options = { method, credentials: "include", headers };
  if (body) {
    options.body = JSON.stringify(body);
    options.headers = { ...headers, "Content-Type": "application/json" };
  }
  let response;
  try {
    response = await fetch(api + path, options);
  } catch {
    throw new Refused(0, {});
  }
  const text = await response.text();
  let answer = {};
  try { answer = text ? JSON.parse(text) : {}; } catch { /* a proxy's page: the status says enough */ }
  if (!response.ok) throw new Refused(response.status, answer);
  return answer;
}

const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function published(id) {
  const address = `/open-data/consultations/${facts.consultation}/contributions/${id}`;
  const response = await fetch(address, { cache: "no-store", credentials: "omit" });
  return response.ok ? (await response.json()).contribution : null;
}

// --- What is said beside a form -------------------------------------------------------------------------------------

function say(form, text, { failed = false, retry = null, label = words.again, link = null } = {}) {
  const status = form.querySelector(".status");
  status.classList.toggle("failed", failed);
  status.textContent = text;
  if (retry) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "quiet";
    button.textContent = label;
    button.addEventListener("click", retry);
    status.append(" ", button);
  }
  if (link) {
    const anchor = document.createElement("a");
    anchor.href = link;
    anchor.textContent = words.participate;
    status.append(" ", anchor);
  }
}

// Back to the very place: the form that was being filled in, or the item that was being voted on.
function participateLink(form) {
  const link = document.querySelector("[data-participate]");
  if (!link) return null;
  const place = form?.closest("details")?.id || form?.closest("[id^=c-], #votes-panel")?.id;
  const address = new URL(link.href);
  address.searchParams.set("return", location.href.split("#")[0] + (place ? `#${place}` : ""));
  return address.href;
}

function explain(form, error, retry) {
  if (error.status === 401) say(form, words.first, { failed: true, link: participateLink(form) });
  else if (error.status >= 400 && error.status < 500 && error.status !== 429) say(form, error.message, { failed: true });
  else say(form, error.message, { failed: true, retry });
}

// --- What waits in this tab for the next page ------------------------------------------------------------------------

function leave(name, value) {
  try { sessionStorage.setItem(name, JSON.stringify(value)); } catch { /* no storage: it is asked again */ }
}

function take(name) {
  try {
    const value = JSON.parse(sessionStorage.getItem(name));
    sessionStorage.removeItem(name);
    return value;
  } catch { return null; }
}

// --- Votes ----------------------------------------------------------------------------------------------------------

function press(form, choice) {
  for (const button of form.querySelectorAll(".choice")) button.setAttribute("aria-pressed", String(button.value === choice));
  const withdrawal = form.querySelector(".quiet[name]");
  const left = !choice && document.activeElement === withdrawal;
  withdrawal.hidden = !choice;
  if (left) form.querySelector(".choice").focus();
}

async function vote(form, choice) {
  const id = form.dataset.vote;
  const before = votes.get(id);
  const wanted = choice === "withdraw" || choice === before ? undefined : choice;
  press(form, wanted);
  say(form, words.sending);
  form.setAttribute("aria-busy", "true");
  try {
    if (wanted) await ask("PUT", `/contributions/${id}/vote`, { choice: wanted });
    else await ask("DELETE", `/contributions/${id}/vote`);
    votes.set(id, wanted);
    say(form, wanted ? words.voted : words.withdrawn);
    follow(id);
    form.dispatchEvent(new CustomEvent("voted", { detail: { id, choice: wanted } }));
  } catch (error) {
    press(form, before);
    if (error.status === 401 && wanted) leave("vote", { id, choice });
    explain(form, error, () => vote(form, choice));
  } finally {
    form.removeAttribute("aria-busy");
  }
}

async function follow(id) {
  const shown = document.querySelector(`[data-tally="${id}"], [data-brief="${id}"]`);
  if (!shown) return;
  const before = shown.dataset.seen;
  for (const wait of WAITS) {
    await sleep(wait);
    const item = await published(id).catch(() => null);
    const seen = item && JSON.stringify(item.tally.cast);
    if (seen && seen !== before) {
      for (const place of document.querySelectorAll(`[data-tally="${id}"], [data-brief="${id}"]`)) draw(place, item.tally.cast, seen);
      if (before !== undefined) return;
    }
  }
}

function draw(place, cast, seen) {
  place.dataset.seen = seen;
  const whole = Object.values(cast).reduce((sum, value) => sum + value, 0);
  const parts = shares(Object.values(cast), whole);
  let x = 0;
  for (const [index, [choice, value]] of Object.entries(cast).entries()) {
    const width = whole ? (1000 * value) / whole : 0;
    const rectangle = place.querySelector(`[data-bar="${choice}"]`);
    rectangle?.setAttribute("x", x.toFixed(1));
    rectangle?.setAttribute("width", width.toFixed(1));
    x += width;
    const row = place.querySelector(`[data-choice="${choice}"]`);
    if (row) row.querySelector(".votes").textContent = count.format(value);
    const share = row?.querySelector(".share");
    if (share) share.textContent = percent.format(parts[index] / 100);
  }
  judge(place.querySelector("[data-verdict] strong"), cast, whole);
  const total = place.querySelector(".votes-here");
  if (total) total.textContent = new Intl.PluralRules(words.language).select(whole) === "one" ? `${count.format(whole)} vote` : `${count.format(whole)} votes`;
}

// The mean of marks, or the majority grade, as the server works them out (site/votes.py).
function judge(figure, cast, whole) {
  if (!figure || !whole) return;
  if (figure.parentElement.dataset.verdict === "one_to_five") {
    const sum = Object.entries(cast).reduce((total, [mark, value]) => total + mark * value, 0);
    figure.textContent = new Intl.NumberFormat(words.language, { minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(sum / whole);
    return;
  }
  let left = Math.floor(whole / 2);
  const grade = Object.keys(cast).find((choice) => (left -= cast[choice]) < 0);
  const row = document.querySelector(`[data-choice="${grade}"] th`);
  if (row) figure.textContent = row.textContent;
}

// Totals that others moved, as live.js hears them.
document.addEventListener("tallies", ({ detail }) => {
  for (const [id, { cast }] of Object.entries(detail)) {
    for (const place of document.querySelectorAll(`[data-tally="${id}"], [data-brief="${id}"]`)) draw(place, cast, JSON.stringify(cast));
  }
});

// As the server does: percentages add up to 100, what rounding down leaves goes to the largest remainders.
function shares(votes, whole) {
  if (!whole) return votes.map(() => 0);
  const found = votes.map((value) => Math.floor((100 * value) / whole));
  const order = [...votes.keys()].sort((one, other) => ((100 * votes[other]) % whole) - ((100 * votes[one]) % whole));
  const left = 100 - found.reduce((sum, value) => sum + value, 0);
  for (const index of order.slice(0, left)) found[index] += 1;
  return found;
}

// --- Texts: kept in this browser until they are sent ----------------------------------------------------------------

// What a form says, without what only the pages of consultation_service need.
const OWN = new Set(["return", "lang"]);
const fields = (form) => Object.fromEntries([...new FormData(form)].filter(([name]) => !OWN.has(name)));

function draftName(form) {
  const fixed = [...form.querySelectorAll("input[type=hidden]")].filter((input) => !OWN.has(input.name));
  return `draft:${form.dataset.write}:${fixed.map((input) => input.value).join(":")}`;
}

function remember(form, extra = {}) {
  try { localStorage.setItem(draftName(form), JSON.stringify({ fields: fields(form), ...extra })); } catch { /* no storage: nothing to keep it in */ }
}

function forget(form) {
  try { localStorage.removeItem(draftName(form)); } catch { /* nothing was kept */ }
}

function recall(form) {
  try { return JSON.parse(localStorage.getItem(draftName(form))) || {}; } catch { return {}; }
}

function restore(form) {
  const { fields: kept } = recall(form);
  if (!kept) return;
  for (const [name, value] of Object.entries(kept)) {
    const input = form.elements[name];
    if (input && input.type !== "hidden" && (input.tagName !== "SELECT" || [...input.options].some((o) => o.value === value))) input.value = value;
  }
  if (!kept.body && !kept.title) return;
  const folded = form.closest("details");
  if (folded) folded.open = true;
  say(form, words.kept);
}

// crypto.randomUUID exists on secure addresses only; a test server on a local network is not one.
function newKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

// One key for one text: a retry finds what the first try wrote, a corrected text is a new one.
function requestKey(form, text) {
  const kept = recall(form);
  const key = kept.key && kept.sent === text ? kept.key : newKey();
  remember(form, { key, sent: text });
  return key;
}

// Words that look like personal data, each once, but for those that the text to amend has already. Never an obstacle:
// without an answer, nothing was found.
async function personal(form, draft) {
  const text = [draft.body, draft.title, draft.explanation].filter(Boolean).join("\n\n").slice(0, 10_000);
  const signs = [...text];
  const before = form.elements.body?.defaultValue ?? "";
  try {
    const { findings } = await ask("POST", "/personal-data", { text });
    const found = new Set(findings.map(({ start, end }) => signs.slice(start, end).join("")));
    return [...found].filter((piece) => !before.includes(piece));
  } catch { return []; }
}

async function write(form, confirmed = false) {
  const draft = fields(form);
  const button = form.querySelector("button.button");
  button.disabled = true;
  say(form, words.sending);
  const found = confirmed ? [] : await personal(form, draft);
  if (found.length) {
    say(form, `${words.personal} ${found.join(", ")}`, { failed: true, retry: () => write(form, true), label: words.anyway });
    button.disabled = false;
    return;
  }
  try {
    const key = requestKey(form, JSON.stringify(draft));
    const body = draft.base_version ? { ...draft, base_version: Number(draft.base_version) } : draft;
    const { id, state } = await ask("POST", `/consultations/${form.dataset.write}/contributions`, body, { "Idempotency-Key": key });
    forget(form);
    if (state === "pending") {
      form.reset();
      say(form, words.pending);
      button.disabled = false;
      return;
    }
    say(form, words.sent);
    await show(id, form);
  } catch (error) {
    explain(form, error, () => write(form, confirmed));
    form.elements[error.field]?.focus?.();
    button.disabled = false;
  }
}

async function show(id, form) {
  form.reset();
  for (const wait of WAITS) {
    if (await published(id).catch(() => null)) break;
    await sleep(wait);
  }
  if (form.dataset.next) {
    // A form on a page of its own: what was written has its page, or leads to the one it is on.
    leave("published", { id, tries: 3 });
    location.assign(form.dataset.next + id);
    return;
  }
  const base = location.pathname.split("/contributions/")[0];
  const inPlace = form.elements.parent !== undefined;
  leave("published", { id, tries: 3 });
  const address = inPlace ? `${location.pathname}#c-${id}` : `${base}/contributions/${id}`;
  location.assign(address);
  if (inPlace) location.reload();
}

function confirmPublished() {
  const { id, tries } = take("published") || {};
  const item = document.getElementById(`c-${id}`);
  if (!item) {
    // Written, and not here yet: this page was made a moment too early.
    if (tries) setTimeout(() => { leave("published", { id, tries: tries - 1 }); location.reload(); }, 700);
    return;
  }
  const note = document.createElement("p");
  note.className = "status done";
  note.setAttribute("role", "status");
  if (item.tagName === "ARTICLE") item.before(note);
  else item.prepend(note);
  note.textContent = words.published;
}

// --- Start ----------------------------------------------------------------------------------------------------------

for (const form of document.querySelectorAll("form[data-vote]")) {
  form.querySelector(".quiet[name]").hidden = true;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    vote(form, event.submitter?.value || "withdraw");
  });
}

for (const form of document.querySelectorAll("form[data-write]")) {
  restore(form);
  form.addEventListener("input", () => remember(form));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    write(form);
  });
}

for (const link of document.querySelectorAll("[data-participate]")) {
  link.addEventListener("click", () => { link.href = participateLink() || link.href; });
}

// A link to a folded form opens it and puts the cursor in it.
function unfold() {
  const folded = location.hash && document.querySelector(`details[id="${CSS.escape(location.hash.slice(1))}"]`);
  if (!folded) return;
  folded.open = true;
  folded.querySelector("input:not([type=hidden]), select, textarea").focus({ preventScroll: true });
  folded.scrollIntoView();
}

async function recognise() {
  const mine = await ask("GET", `/consultations/${facts.consultation}/participation`);
  for (const { contribution, choice } of mine.votes) votes.set(contribution, choice);
  for (const form of document.querySelectorAll("form[data-vote]")) if (!form.hasAttribute("aria-busy")) press(form, votes.get(form.dataset.vote));
  for (const link of document.querySelectorAll("[data-participate]")) {
    const said = document.createElement("p");
    said.className = "participating";
    said.textContent = words.participating;
    link.replaceWith(said);
  }
  document.documentElement.dataset.participating = "yes";
  unfold();
  const wanted = take("vote");
  const form = wanted && document.querySelector(`form[data-vote="${CSS.escape(wanted.id)}"]`);
  if (form && votes.get(wanted.id) !== wanted.choice) vote(form, wanted.choice);
  return wanted;
}

confirmPublished();
unfold();
addEventListener("hashchange", unfold);

// What waited to be voted on, if anything; null for who does not take part yet: the page invites to.
const recognised = facts.consultation && facts.state === "open" ? recognise().catch(() => null) : Promise.resolve(null);

// For quick_vote.js.
export { press, published, recognised, say, vote, votes };
