// The command palette (Ctrl-K, ⌘K): the page's own buttons as actions, and what the server finds by name and words.
// A dialog with one combobox: arrows choose, Enter does it, Ctrl-Enter in a new tab, Esc gives the focus back.

import { get } from "./http.js";
import { isPaletteKey } from "./palette-key.js";
import { t } from "./strings.js";

const PAUSE_MS = 120;
const dialog = document.getElementById("palette");
const field = dialog?.querySelector("input");
const list = dialog?.querySelector("[role=listbox]");
const actions = dialog?.querySelector("[data-actions]");
const found = dialog?.querySelector("[data-found]");
let waiting = 0;
let asked = null;
let buttons = []; // the actions' buttons, in the order of their options
let cameFrom = null;

/** Lower case without accents, as the server compares. */
function fold(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").replaceAll("ß", "ss").toLowerCase();
}

/** What can be pressed on this page: everything that shows a key, and what asks to be listed. */
function pressable() {
  const all = [...document.querySelectorAll("[data-key], [data-palette], [data-open-keys], [data-theme-toggle]")];
  const seen = new Set();
  return all.filter((one) => {
    const words = wordsOf(one);
    const usable = !one.closest("dialog") && !one.disabled && words
      && (one.dataset.palette || one.checkVisibility() || one.closest("[popover]"));
    if (!usable || seen.has(words)) return false;
    seen.add(words);
    return true;
  });
}

function wordsOf(button) {
  const said = button.dataset.palette || button.getAttribute("aria-label")
    || [...button.childNodes].filter((node) => node.nodeName !== "KBD").map((node) => node.textContent).join(" ");
  return said.replace(/\s+/g, " ").trim();
}

function drawActions(text) {
  const wanted = fold(text).split(/\s+/).filter(Boolean);
  buttons = pressable().filter((one) => wanted.every((word) => fold(wordsOf(one)).includes(word)));
  actions.replaceChildren();
  if (!buttons.length) return;
  const name = document.querySelector("#conversation[data-name]")?.dataset.name;
  // What is done to the open conversation first, and of that first what is written.
  const own = buttons.filter((one) => one.closest("#conversation"));
  own.sort((one, other) => Boolean(other.closest("#composer")) - Boolean(one.closest("#composer")));
  const others = buttons.filter((one) => !one.closest("#conversation"));
  buttons = [...own, ...others];
  if (own.length) actions.append(heading(name ? t("actions_for", { name }) : t("actions")), ...own.map(option));
  if (others.length) actions.append(heading(t("actions")), ...others.map(option));
}

function heading(words) {
  const head = document.createElement("div");
  head.className = "palette-h";
  head.setAttribute("role", "presentation");
  head.textContent = words;
  return head;
}

/** The icon of a button; of a field and a tab, which show none, one of the sprite. */
function iconOf(button) {
  const own = button.querySelector("svg.i")?.cloneNode(true);
  if (own || !button.closest("#composer")) return own;
  const icon = document.querySelector("svg.i > use")?.parentElement.cloneNode(true);
  const use = icon?.querySelector("use");
  use?.setAttribute("href", use.getAttribute("href").replace(/#.*/, button.dataset.key === "n" ? "#note" : "#corner-up-left"));
  return icon;
}

function option(button) {
  const line = document.createElement("div");
  line.className = "pal";
  line.setAttribute("role", "option");
  const icon = iconOf(button);
  if (icon) {
    icon.setAttribute("class", "i");
    icon.setAttribute("aria-hidden", "true");
    icon.removeAttribute("role");
    line.append(icon);
  }
  const words = document.createElement("span");
  words.textContent = wordsOf(button);
  line.append(words);
  if (button.dataset.key) {
    const key = document.createElement("kbd");
    key.textContent = button.dataset.key.toUpperCase();
    line.append(key);
  }
  return line;
}

const options = () => [...list.querySelectorAll("[role=option]")];

function choose(chosen) {
  for (const [place, one] of options().entries()) {
    one.id ||= `palette-${place}-${Math.random().toString(36).slice(2, 8)}`;
    one.setAttribute("aria-selected", String(one === chosen));
  }
  if (chosen) field.setAttribute("aria-activedescendant", chosen.id);
  else field.removeAttribute("aria-activedescendant");
  chosen?.scrollIntoView({ block: "nearest" });
}

const chosen = () => list.querySelector('[aria-selected="true"]');

function settle() {
  const all = options();
  if (!chosen()) choose(all[0]);
  dialog.querySelector("[data-none]").hidden = all.length > 0;
  dialog.querySelector("[data-count]").textContent = t("found", { count: all.length });
}

async function fill(text) {
  if (text === asked) return;
  asked = text;
  drawActions(text);
  choose(options()[0]);
  try {
    const html = await (await get(`${dialog.dataset.url}?q=${encodeURIComponent(text)}`)).text();
    if (asked !== text || !dialog.open) return;
    const before = chosen();
    found.innerHTML = html;
    choose(before?.isConnected ? before : options()[0]);
  } catch {
    found.replaceChildren(); // no connection: the page's own actions are there all the same
    asked = null;
  }
  settle();
}

function run(line, { newTab = false } = {}) {
  if (!line) return;
  if (line.href && newTab) {
    window.open(line.href, "_blank", "noopener");
    return;
  }
  const button = buttons[[...actions.querySelectorAll("[role=option]")].indexOf(line)];
  dialog.close();
  // Where a composer is open, a canned response goes into it: static/js/canned.js takes the event.
  if (line.dataset.canned && !document.dispatchEvent(canned(line))) return;
  if (line.href) location.assign(line.href);
  else if (button?.matches("textarea, input")) button.focus();
  else if (button?.isConnected) button.click();
}

function canned(line) {
  return new CustomEvent("canned:chosen", { cancelable: true, detail: { id: line.dataset.canned } });
}

function openPalette() {
  if (!dialog || dialog.open || document.querySelector("dialog[open]")) return;
  cameFrom = document.activeElement;
  field.value = "";
  asked = null;
  found.replaceChildren();
  dialog.showModal();
  field.focus();
  fill("");
}

function move(by) {
  const all = options();
  const from = all.indexOf(chosen());
  choose(all[(from + by + all.length) % all.length]);
}

function wire() {
  field.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => fill(field.value.trim()), PAUSE_MS);
  });
  field.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown") move(1);
    else if (event.key === "ArrowUp") move(-1);
    else if (event.key === "Home" && event.ctrlKey) choose(options()[0]);
    else if (event.key === "End" && event.ctrlKey) choose(options().at(-1));
    else if (event.key === "Enter") run(chosen(), { newTab: event.ctrlKey || event.metaKey });
    else return;
    event.preventDefault();
  });
  list.addEventListener("click", (event) => {
    const line = event.target.closest("[role=option]");
    if (!line || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    run(line);
  });
  list.addEventListener("pointermove", (event) => {
    const line = event.target.closest("[role=option]");
    if (line && line !== chosen()) choose(line);
  });
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  dialog.addEventListener("close", () => {
    if (cameFrom?.isConnected && document.activeElement === document.body) cameFrom.focus();
  });
  document.addEventListener("keydown", (event) => {
    if (!isPaletteKey(event)) return;
    event.preventDefault();
    if (dialog.open) dialog.close();
    else openPalette();
  });
  document.addEventListener("click", (event) => event.target.closest("[data-open-palette]") && openPalette());
}

if (dialog) wire();
