// The queue without reloading, and its keyboard shortcuts. Everything here also works without this script.

const KEPT = "cloison.shortcuts";
const DECISIONS = { 1: "keep", 2: "hide", 3: "send_back" };

// A browser parses the answer of such a request as a document, and runs nothing of it: no text becomes HTML here, as
// the Trusted Types policy of the page asks.
function load(method, address, body) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(method, address);
    request.responseType = "document";
    if (body) request.setRequestHeader("Content-Type", "application/x-www-form-urlencoded");
    request.onload = () => (request.responseXML?.getElementById("main") ? resolve(request) : reject(request));
    request.onerror = () => reject(request);
    request.send(body);
  });
}

async function go(method, address, body) {
  const main = document.getElementById("main");
  main.setAttribute("aria-busy", "true");
  let answer;
  try {
    answer = await load(method, address, body);
  } catch {
    main.removeAttribute("aria-busy");
    return false;
  }
  const page = answer.responseXML;
  document.title = page.title;
  // The focus is ours to move, below.
  for (const field of page.querySelectorAll("[autofocus]")) field.removeAttribute("autofocus");
  main.replaceChildren(...page.getElementById("main").childNodes);
  main.removeAttribute("aria-busy");
  const menu = document.querySelector("nav.side");
  const newMenu = page.querySelector("nav.side");
  if (menu && newMenu) menu.replaceChildren(...newMenu.childNodes);
  history.pushState(null, "", answer.responseURL);
  welcome();
  (main.querySelector("[aria-invalid=true]") ?? main.querySelector("[role=alert]") ?? main.querySelector("#item"))
    ?.focus();
  if (!main.querySelector("[aria-invalid=true]")) scrollTo(0, 0);
  return true;
}

function isOn() {
  try {
    return localStorage.getItem(KEPT) !== "off";
  } catch {
    return true;
  }
}

function welcome() {
  const help = document.getElementById("shortcuts");
  if (!help) return;
  help.hidden = false;
  document.getElementById("shortcuts-on").checked = isOn();
  document.body.classList.toggle("with-keys", isOn());
  for (const alert of document.querySelectorAll("#main [role=alert]")) alert.tabIndex = -1;
}

function choose(decision) {
  const button = document.querySelector(`#decision input[name=decision][value=${decision}]`);
  if (!button) return;
  button.checked = true;
  const next = decision === "keep" ? "#decision [data-decide]" : "#decision [name=rule]";
  document.querySelector(next)?.focus();
}

function isTyping(target) {
  return target.closest("textarea, select, [contenteditable], input:not([type=radio], [type=checkbox])") !== null;
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || !isOn() || isTyping(event.target)) return;
  if (event.key in DECISIONS) {
    choose(DECISIONS[event.key]);
  } else if (event.key === "j" || event.key === "k") {
    const link = document.querySelector(`#main nav.pages a[rel=${event.key === "j" ? "next" : "prev"}]`);
    link?.click();
  } else if (event.key === "?") {
    const help = document.getElementById("shortcuts");
    if (!help) return;
    help.open = !help.open;
    help.querySelector("summary").focus();
  } else {
    return;
  }
  event.preventDefault();
});

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("#main .desk a[rel], #main .line a, #main nav.tabs a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.button !== 0) return;
  event.preventDefault();
  go("GET", link.href).then((done) => done || location.assign(link.href));
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.closest("#main .desk") || form.method !== "post") return;
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  go("POST", form.action, new URLSearchParams(new FormData(form)).toString()).then((done) => {
    button.disabled = false;
    if (!done) form.submit();
  });
});

document.addEventListener("change", (event) => {
  if (event.target.id !== "shortcuts-on") return;
  try {
    localStorage.setItem(KEPT, event.target.checked ? "on" : "off");
  } catch {
    // Nothing can be kept here: the choice lasts as long as the page.
  }
  document.body.classList.toggle("with-keys", event.target.checked);
});

addEventListener("popstate", () => location.reload());
welcome();
