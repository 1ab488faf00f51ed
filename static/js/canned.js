// Canned responses and macros: "/" in the text or the button opens the list over the composer; typing filters it, arrows
// choose, Enter or Tab takes, Esc closes. Tab then walks through the gaps. Alt and a digit runs a macro.

import { say, uuid } from "./composer.js";
import { gapsIn, insert, toGap } from "./field.js";
import { Refusal, get, post } from "./http.js";
import { fetchAgain } from "./parts.js";
import { t } from "./strings.js";
import { openConversation } from "./thread.js";

const TOKEN = /(^|\s)\/([^\s/]*)$/; // what stands before the caret
const PATIENCE_MS = 300;
const TWICE_MS = 1500; // a key pressed again within this was the same press
const pop = document.getElementById("canned");
const list = document.getElementById("canned-options");
const lately = new Map(); // macro's address → client UUID
let field = null; // the textarea that the list is open for
let loaded = ""; // the conversation whose list this is
let isPart = false; // there are more than were sent: the server filters
let asked = 0;
let wait = 0;

function folded(text) {
  return text.toLocaleLowerCase().normalize("NFKD").replace(/\p{M}/gu, "").replaceAll("ß", "ss");
}

function shown() {
  return [...list.querySelectorAll('[role="option"]:not([hidden])')];
}

function chosen() {
  return list.querySelector('[aria-selected="true"]');
}

async function load(url, words = "") {
  const mine = (asked += 1);
  const conversation = openConversation();
  const html = await (await get(words ? `${url}?q=${encodeURIComponent(words)}` : url)).text();
  if (mine !== asked || conversation !== openConversation()) return false;
  list.innerHTML = html;
  isPart = Boolean(list.querySelector("[data-part]")) || Boolean(words);
  loaded = conversation;
  return true;
}

function select(option) {
  chosen()?.setAttribute("aria-selected", "false");
  option?.setAttribute("aria-selected", "true");
  option?.scrollIntoView({ block: "nearest" });
  if (option) field?.setAttribute("aria-activedescendant", option.id);
  else field?.removeAttribute("aria-activedescendant");
  const count = Number(option?.dataset.gapCount ?? 0);
  const gaps = option?.dataset.gaps ?? "";
  pop.querySelector("[data-canned-gaps]").textContent = count ? t(count === 1 ? "gap_left" : "gaps_left", { count, gaps }) : "";
}

function filter(words) {
  const wanted = folded(words);
  const all = [...list.querySelectorAll('[role="option"]')];
  for (const option of all) {
    option.said ??= folded(option.dataset.words);
    option.hidden = !isPart && !option.said.includes(wanted);
  }
  const visible = shown();
  // What begins with what was typed is meant.
  const best = wanted && visible.find((option) => folded(option.dataset.shortcut ?? "").startsWith(wanted));
  const head = list.querySelector("[data-macro-head]");
  if (head) head.hidden = !visible.some((option) => option.dataset.macro);
  pop.querySelector("[data-canned-title]").textContent = words ? t("canned_for", { words }) : t("canned_all");
  pop.querySelector("[data-canned-count]").textContent = t("count_of", { shown: visible.length, all: all.length });
  pop.querySelector("[data-canned-none]").hidden = visible.length > 0;
  select(best || visible[0]);
}

function place() {
  const box = field.closest(".compose-box").getBoundingClientRect();
  pop.style.left = `${Math.max(8, box.left)}px`;
  pop.style.width = `${Math.min(box.width, innerWidth - 16)}px`;
  pop.style.top = `${Math.max(8, box.top - pop.offsetHeight - 6)}px`;
}

function isOpen() {
  return pop.matches(":popover-open");
}

function close() {
  if (!isOpen()) return;
  pop.hidePopover();
  field.removeAttribute("aria-activedescendant");
  opener()?.setAttribute("aria-expanded", "false");
}

function opener() {
  return field?.form?.querySelector("[data-open-canned]");
}

/** The "/word" before the caret, or null. */
function token(area) {
  const match = TOKEN.exec(area.value.slice(0, area.selectionStart));
  return match && { words: match[2], start: area.selectionStart - match[2].length - 1, end: area.selectionStart };
}

async function follow(area) {
  const found = token(area);
  if (!found) return close();
  field = area;
  const url = area.form.dataset.cannedUrl;
  try {
    if (loaded !== openConversation() && !(await load(url))) return undefined;
    if (isPart && !(await load(url, found.words))) return undefined;
  } catch (error) {
    return refused(error);
  }
  const now = document.activeElement === area && token(area);
  if (!now) return close();
  const save = pop.querySelector("[data-save-canned]");
  save.hidden = !textToSave(area);
  if (!isOpen()) pop.showPopover();
  area.setAttribute("aria-controls", "canned-options");
  opener()?.setAttribute("aria-expanded", "true");
  filter(now.words);
  return place();
}

function textToSave(area) {
  const found = token(area);
  return (found ? area.value.slice(0, found.start) + area.value.slice(found.end) : area.value).trim();
}

function refused(error) {
  if (!(error instanceof Refusal)) throw error;
  say(error.message || t(error.offline ? "not_reached" : "went_wrong"));
}

function take(option) {
  const area = field;
  const found = token(area);
  close();
  if (option.dataset.macro) {
    if (found) insert(area, "", found.start, found.end);
    return run(option.dataset.macro, area);
  }
  const start = found ? found.start : area.selectionStart;
  insert(area, option.dataset.raw, start, found ? found.end : area.selectionEnd);
  if (gapsIn(option.dataset.raw).length) {
    area.setSelectionRange(start, start);
    toGap(area);
  }
  return post(option.dataset.usedUrl).catch(() => {}); // a count is not worth a word
}

async function run(url, area) {
  const same = lately.get(url);
  const id = same ?? uuid();
  lately.set(url, id);
  say("");
  try {
    const { insert: text, again, name } = await (await post(url, { client_uuid: id })).json();
    if (text && !again && area?.isConnected) {
      insert(area, text, area.value.length, area.value.length);
      area.setSelectionRange(0, 0);
      if (!toGap(area)) area.setSelectionRange(area.value.length, area.value.length);
    }
    const told = document.querySelector("#composer [data-macro-done]");
    if (told) told.textContent = t("macro_done", { name });
    fetchAgain(document.getElementById("thread-head"));
  } catch (error) {
    refused(error);
  } finally {
    setTimeout(() => lately.delete(url), TWICE_MS);
  }
}

/** The form that is written in, or the first there is. */
function formInUse() {
  const forms = [...document.querySelectorAll("#composer form[data-canned-url]")];
  return forms.find((one) => one.checkVisibility()) ?? forms[0];
}

/** An option of the list, fetched where it is not there; null when it is none. */
async function optionOf(form, selector) {
  try {
    if (loaded !== openConversation() || isPart) await load(form.dataset.cannedUrl);
  } catch (error) {
    refused(error);
  }
  return list.querySelector(selector);
}

async function runKey(digit) {
  const form = formInUse();
  const option = form && (await optionOf(form, `[data-macro-key="${digit}"]`));
  if (option) run(option.dataset.macro, form.elements.text);
}

async function takeById(form, id) {
  const option = await optionOf(form, `[data-canned="${id}"]`);
  if (!option) return;
  field = form.elements.text;
  take(option);
}

document.addEventListener("input", (event) => {
  if (!event.target.matches("#reply-text, #note-text")) return;
  clearTimeout(wait);
  if (isPart && isOpen()) wait = setTimeout(() => follow(event.target), PATIENCE_MS);
  else if (isOpen() || token(event.target)) follow(event.target);
});

// Before the composer hears of it: Enter would send.
document.addEventListener("keydown", (event) => {
  if (!isOpen() || event.target !== field || event.isComposing) return;
  const options = shown();
  const at = options.indexOf(chosen());
  if (event.key === "Escape") close();
  else if (event.key === "ArrowDown") select(options[(at + 1) % options.length]);
  else if (event.key === "ArrowUp") select(options[(at - 1 + options.length) % options.length]);
  else if ((event.key === "Enter" || event.key === "Tab") && !event.shiftKey && chosen()) take(chosen());
  else return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, { capture: true });

document.addEventListener("keydown", (event) => {
  if (event.altKey && !event.ctrlKey && !event.metaKey && !event.repeat && /^Digit[1-9]$/.test(event.code)) {
    if (!document.querySelector("#composer form[data-canned-url]") || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    runKey(event.code.slice(-1));
  }
  if (event.key === "Tab" && !event.altKey && !event.ctrlKey && event.target.matches("#reply-text, #note-text")) {
    if (toGap(event.target, event.shiftKey)) event.preventDefault();
  }
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-open-canned]");
  const option = event.target.closest("#canned-options [role=option]");
  const save = event.target.closest("[data-save-canned]");
  if (option) take(option);
  else if (save) {
    // Not in the address, which servers and histories keep: static/js/canned-page.js takes it from there.
    sessionStorage.setItem("canned-begun", textToSave(field));
    location.assign(save.dataset.saveCanned);
  }
  else if (button && isOpen()) close();
  else if (button) {
    const area = button.form.elements.text;
    const before = area.value.slice(0, area.selectionStart);
    insert(area, before && !/\s$/.test(before) ? " /" : "/");
  } else if (isOpen() && !pop.contains(event.target) && event.target !== field) close();
});

document.addEventListener("focusout", (event) => {
  if (event.target === field && !pop.contains(event.relatedTarget)) setTimeout(() => document.activeElement !== field && !pop.contains(document.activeElement) && close(), 150);
});

// Chosen in the command palette.
document.addEventListener("canned:chosen", (event) => {
  const form = formInUse();
  if (!form?.checkVisibility()) return;
  event.preventDefault();
  takeById(form, event.detail.id);
});

document.addEventListener("conversation:shown", () => {
  close();
  loaded = "";
});
addEventListener("resize", () => isOpen() && place());
