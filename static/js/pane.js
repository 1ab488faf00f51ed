// The person's blocks: a form opens in its place, is posted, and the blocks are fetched again.
// While a form is open nothing is put over it: news waits until it is closed.

import { Refusal, get, post } from "./http.js";
import { fetchAgain } from "./parts.js";
import { t } from "./strings.js";

const SAID_MS = 1600;
const before = new WeakMap(); // what stood in a slot
const editing = new Set(); // blocks that show what can be edited
let isStale = false;
let early = ""; // the slot whose form was asked for before the blocks had come
let comeBackTo = ""; // the slot that has the focus after the blocks were fetched

const details = () => document.getElementById("contact-details");
const openForm = () => details()?.querySelector(".slot-form");

function refresh() {
  isStale = false;
  fetchAgain(details());
}

// -- Open and close --------------------------------------------------------------------------------

const slotOf = (name) => details()?.querySelector(`[data-slot="${name}"]`);

async function open(button) {
  const name = button.dataset.slotFor ?? button.closest("[data-slot]").dataset.slot;
  const pane = details();
  let slot = slotOf(name);
  button.closest("details.menu")?.removeAttribute("open");
  if (!slot) {
    early = name; // the blocks are still on their way: when they are there
    return;
  }
  let html;
  try {
    html = await (await get(button.dataset.slotOpen)).text();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    button.title = error.message || t(error.offline ? "not_reached" : "went_wrong");
    return;
  }
  slot = slotOf(name); // the blocks may have been fetched again meanwhile
  if (!slot || details() !== pane) return; // gone, or somebody else's
  for (const form of details().querySelectorAll(".slot-form")) close(form); // one at a time
  const template = document.createElement("template");
  template.innerHTML = html.trim();
  before.set(slot, [...slot.childNodes]);
  slot.replaceChildren(template.content);
  slot.classList.add("slot-open");
  const form = slot.querySelector(".slot-form");
  const field = form.querySelector("textarea, input:not([type=hidden]), select, [autofocus]");
  field?.focus();
  if (field?.matches("textarea")) field.setSelectionRange(field.value.length, field.value.length);
}

function close(form) {
  const slot = form.closest("[data-slot]");
  slot.replaceChildren(...(before.get(slot) ?? []));
  slot.classList.remove("slot-open");
  (slot.querySelector("[data-slot-open]") ?? opener(slot))?.focus();
  if (isStale) refresh();
}

function opener(slot) {
  const found = details().querySelector(`[data-slot-for="${slot.dataset.slot}"]`);
  return found?.closest("details.menu")?.querySelector("summary") ?? found;
}

// -- Save --------------------------------------------------------------------------------------------

function blame(form, reason, errors = {}) {
  let isSaid = false;
  for (const line of form.querySelectorAll("[data-error]")) {
    const words = errors[line.dataset.error]?.join(" ") ?? "";
    if (line.dataset.error) {
      line.textContent = words;
      isSaid ||= Boolean(words);
    }
  }
  for (const field of form.querySelectorAll("[name]")) {
    field.classList.toggle("is-invalid", Boolean(errors[field.name]));
    field.toggleAttribute("aria-invalid", Boolean(errors[field.name]));
  }
  const rest = form.querySelector('[data-error=""]');
  if (rest) {
    rest.textContent = isSaid ? "" : reason;
  }
  form.querySelector(".is-invalid")?.focus();
}

async function save(form) {
  const buttons = [...form.querySelectorAll("button")];
  for (const button of buttons) button.disabled = true;
  const fields = new FormData(form);
  try {
    await post(form.action, fields);
    comeBackTo = form.closest("[data-slot]")?.dataset.slot ?? "";
    form.classList.remove("slot-form"); // it may be put over now
    refresh();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    for (const button of buttons) button.disabled = false;
    blame(form, error.message || t(error.offline ? "not_reached" : "went_wrong"), error.errors);
  }
}

// -- The block of attributes -----------------------------------------------------------------------

function showEditing() {
  for (const block of details()?.querySelectorAll("[data-editable]") ?? []) {
    const isOn = editing.has(block.dataset.editable);
    block.toggleAttribute("data-editing", isOn);
    block.querySelector("[data-edit]")?.setAttribute("aria-pressed", String(isOn));
  }
}

async function copy(button) {
  const words = button.querySelector("span");
  const said = words.textContent;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    words.textContent = t("copied");
  } catch {
    words.textContent = button.dataset.copy; // to be copied by hand
    return;
  }
  setTimeout(() => { words.textContent = said; }, SAID_MS);
}

document.addEventListener("click", (event) => {
  const { target } = event;
  const opens = target.closest("[data-slot-open]");
  const closes = target.closest("[data-slot-close]");
  const edits = target.closest("[data-edit]");
  const copies = target.closest("[data-copy]");
  if (opens) open(opens);
  if (closes) close(closes.closest(".slot-form"));
  if (copies) copy(copies);
  if (edits) {
    const name = edits.closest("[data-editable]").dataset.editable;
    if (!editing.delete(name)) editing.add(name);
    showEditing();
  }
  for (const menu of document.querySelectorAll("details.menu[data-closes-alone][open]")) {
    if (!menu.contains(target)) menu.open = false;
  }
});

document.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-slot-form]");
  if (!form) return;
  event.preventDefault();
  save(form);
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const form = event.target.closest?.(".slot-form");
  const menu = event.target.closest?.("details.menu[data-closes-alone][open]");
  if (form) close(form);
  else if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  } else return;
  event.stopPropagation();
  event.preventDefault();
}, true);

// Before htmx hears of it: what is being typed is not swapped away.
document.addEventListener("refresh", (event) => {
  if (event.target.id !== "contact-details" || !openForm()) return;
  event.stopImmediatePropagation();
  isStale = true;
}, true);

// Asked for before the form or the menu was opened, and come after.
let hadMenu = false;
document.addEventListener("htmx:before:swap", (event) => {
  if (event.detail.ctx.target?.id !== "contact-details") return;
  hadMenu = Boolean(details().querySelector("details.menu[open]"));
  if (!openForm()) return;
  event.preventDefault();
  isStale = true;
});

document.addEventListener("conversation:shown", () => { early = ""; });

document.addEventListener("htmx:after:swap", ({ detail }) => {
  showEditing();
  if (hadMenu && detail.ctx.target?.id === "contact-details") {
    const menu = details()?.querySelector("details.menu");
    menu?.setAttribute("open", "");
    if (document.activeElement === document.body) menu?.querySelector("summary").focus();
    hadMenu = false;
  }
  const asked = early && details()?.querySelector(`[data-slot="${early}"]`) && details().querySelector(`[data-slot-for="${early}"]`);
  if (asked) {
    early = "";
    open(asked);
  }
  if (!comeBackTo || openForm()) return;
  const slot = details()?.querySelector(`[data-slot="${comeBackTo}"]`);
  comeBackTo = "";
  if (document.activeElement && document.activeElement !== document.body) return;
  (slot?.querySelector("[data-slot-open]") ?? (slot && opener(slot)))?.focus();
});
