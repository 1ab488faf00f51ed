// The keyboard: single letters where nobody types, Esc to leave a field. A key presses the button that shows it.
// j/k move through the list, Enter opens (a row is a link), g and a letter change the view.

const VIEWS = { m: "mine", u: "unassigned", a: "all" };
let afterG = false;

function typing(target) {
  return target.closest("input, textarea, select, [contenteditable]");
}

function step(by) {
  const links = [...document.querySelectorAll("#rows .conv")];
  const from = links.indexOf(document.activeElement.closest?.(".conv"));
  const current = from >= 0 ? from : links.findIndex((link) => link.hasAttribute("aria-current"));
  const next = links[current < 0 ? 0 : Math.min(Math.max(current + by, 0), links.length - 1)];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

function press(key) {
  const target = [...document.querySelectorAll(`[data-key="${key}"]`)].find((one) => one.checkVisibility());
  if (!target) return key === "r" ? pressReply() : false;
  if (target.matches("textarea")) target.focus();
  else target.click();
  return true;
}

/** "r" while the note is open: back to the reply. */
function pressReply() {
  const tab = [...document.querySelectorAll('[data-mode="reply"][role="tab"]')].find((one) => one.checkVisibility());
  tab?.click();
  return Boolean(tab);
}

function openKeys() {
  document.getElementById("keys").showModal();
}

function handle(key) {
  if (afterG) {
    afterG = false;
    if (VIEWS[key]) location.assign(`/?view=${VIEWS[key]}`);
    return Boolean(VIEWS[key]);
  }
  if (key === "j" || key === "k") return step(key === "j" ? 1 : -1) ?? true;
  if (key === "x") return Boolean(document.dispatchEvent(new CustomEvent("bulk:pick")));
  if (key === "/") return document.getElementById("list-query").focus() ?? true;
  if (key === "?") return openKeys() ?? true;
  if (key === "g") return (afterG = true);
  return "rneialspf".includes(key) && press(key);
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
  if (document.querySelector("dialog[open]") || event.target.closest?.("details.menu[open] .pop")) return;
  if (typing(event.target)) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  if (event.key === "Escape") return;
  if (event.key.length === 1 && handle(event.key.toLowerCase())) event.preventDefault();
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-open-keys]")) openKeys();
  // Menus close when one looks elsewhere, and after a choice.
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    // One that is done by script stays open until the server has agreed.
    const chosen = event.target.closest(".pop-i") && (!menu.dataset.menu || event.target.closest("[data-open-menu], [data-find-open]"));
    if ((event.target.isConnected && !menu.contains(event.target)) || chosen) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && document.querySelector("details.menu[open]");
  if (!menu) return;
  event.preventDefault(); // one thing is left at a time: the selection behind the menu stays
  menu.open = false;
  menu.querySelector("summary").focus();
});
