// What stands behind the "+": a form per kind in a dialog, with the bubble it becomes and limits in words.
// One post under one client UUID until it has worked; what was typed is kept until then. Templates go the same way.

import { endQuote, quotedWamid, refreshComposer, say, uuid } from "./composer.js";
import { formatted } from "./formatting.js";
import { Refusal, element, get, postForText } from "./http.js";
import { t } from "./strings.js";
import { openConversation, place, thread } from "./thread.js";

const NEAR = 0.8; // from here on the count is shown
const dialog = document.getElementById("kind-dialog");
let cameFrom = null;
const agent = document.body.dataset.agent;

// -- Drafts ------------------------------------------------------------------------------------------

function key(form) {
  return `kind:${agent}:${form.dataset.conversation}:${form.dataset.kindName}`;
}

function keep(form) {
  const filled = [...new FormData(form)].filter(([, value]) => typeof value === "string");
  try {
    if (filled.some(([, value]) => value)) localStorage.setItem(key(form), JSON.stringify(filled));
    else localStorage.removeItem(key(form));
  } catch {
    // A full or forbidden storage costs the draft, not the message.
  }
}

function forget(form) {
  try {
    localStorage.removeItem(key(form));
  } catch {
    // Nothing was kept.
  }
}

function bringBack(form) {
  let kept = [];
  try {
    kept = JSON.parse(localStorage.getItem(key(form)) ?? "[]");
  } catch {
    // A forbidden storage, or somebody else's value.
  }
  const seen = {};
  for (const [name, value] of kept) {
    const place = (seen[name] = (seen[name] ?? -1) + 1);
    const field = form.querySelectorAll(`[name="${CSS.escape(name)}"]`)[place];
    if (!field || !value) continue;
    field.value = value;
    const fold = field.closest("details, [data-row]");
    if (fold?.matches("details")) fold.open = true;
    else if (fold) fold.hidden = false;
  }
}

// -- The bubble it becomes, and the limits -------------------------------------------------------------

function valueOf(form, { show, place = 0 }) {
  return form.querySelectorAll(`[name="${show}"]`)[place]?.value.trim() ?? "";
}

function draw(form) {
  for (const one of form.querySelectorAll("[data-show]")) {
    const value = valueOf(form, one.dataset);
    if (value && "format" in one.dataset) one.replaceChildren(...formatted(value));
    else one.textContent = value || one.dataset.else;
    one.hidden = !one.textContent;
    one.classList.toggle("muted", !value);
  }
  for (const row of form.querySelectorAll(".row-shown")) row.hidden = row.querySelector("b").hidden;
  for (const field of form.querySelectorAll("[data-limit]")) count(form, field);
}

function count(form, field) {
  const line = form.querySelector(`[data-count="${field.name}"]`);
  if (!line) return;
  const length = [...field.value].length;
  const limit = Number(field.dataset.limit);
  const number = new Intl.NumberFormat(document.documentElement.lang);
  line.hidden = length < limit * NEAR;
  line.textContent = length > limit ? t("too_long", { count: number.format(length - limit) })
    : `${number.format(length)} / ${number.format(limit)}`;
  line.classList.toggle("danger", length > limit);
}

// -- Open and close ------------------------------------------------------------------------------------

/** Open the form at `url`; the focus goes back to `opener`, if there is one, else to the reply. */
export async function openKind(url, opener = null) {
  say("");
  try {
    dialog.innerHTML = await (await get(url)).text();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    say(error.message || t(error.offline ? "not_reached" : "went_wrong"));
    return;
  }
  window.htmx.process(dialog);
  const form = dialog.querySelector(".kind-form");
  if (form) {
    bringBack(form);
    draw(form);
  }
  cameFrom = opener;
  dialog.showModal();
  dialog.querySelector(".kind-fields :is(input, textarea)")?.focus();
}

function close() {
  dialog.close();
}

dialog?.addEventListener("close", () => {
  dialog.replaceChildren();
  if (cameFrom?.isConnected) cameFrom.focus();
  else document.getElementById("reply-text")?.focus();
});

// -- Sending -------------------------------------------------------------------------------------------

/** Say in the form's own place what is wrong: under its fields, else above them. */
function blame(form, reason, errors = {}) {
  for (const line of form.querySelectorAll("[data-error]")) line.textContent = errors[line.dataset.error]?.join(" ") ?? "";
  for (const field of form.querySelectorAll("[name]")) {
    const isWrong = Boolean(errors[field.name]);
    field.classList.toggle("is-invalid", isWrong);
    if (!isWrong) {
      field.removeAttribute("aria-invalid");
      continue;
    }
    field.setAttribute("aria-invalid", "true");
    field.setAttribute("aria-describedby", `${field.id}-error`);
    const fold = field.closest("details");
    if (fold) fold.open = true;
  }
  const isSaid = Object.keys(errors).length && Object.keys(errors).every((name) => form.querySelector(`[data-error="${CSS.escape(name)}"]`));
  const box = form.closest("dialog, #composer").querySelector(".notice[role=alert]");
  box.hidden = !reason || Boolean(isSaid);
  box.querySelector("span").textContent = reason;
  form.querySelector(".is-invalid")?.focus();
}

async function submit(form) {
  const { conversation } = form.closest("[data-conversation]").dataset;
  const button = form.querySelector('[type="submit"]');
  const file = [...form.querySelectorAll("[data-attach]")].find((box) => !box.querySelector("[type=hidden]").value);
  if (file) return file.querySelector("[type=file]").focus();
  form.dataset.uuid ??= uuid(); // the same for every click until it has worked
  button.disabled = true;
  blame(form, "");
  const fields = new FormData(form);
  fields.set("client_uuid", form.dataset.uuid);
  if (form.dataset.mode === "kind") fields.set("kind", form.dataset.kindName);
  if (quotedWamid()) fields.set("context", quotedWamid());
  try {
    const html = await postForText(form.action, fields);
    if (openConversation() === conversation) place(element(html), { follow: true });
    delete form.dataset.uuid;
    if (form.dataset.mode === "kind") forget(form);
    cameFrom = null;
    if (dialog.open) close();
    else if (fields.has("instead")) {
      refreshComposer(); // the picker for nothing in particular
      thread()?.focus();
    } else form.reset();
    if (quotedWamid()) endQuote();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (!error.offline && error.status < 500) delete form.dataset.uuid; // it was not taken: the next is another
    if (openConversation() === conversation) {
      blame(form, error.message || t(error.offline ? "not_reached" : "went_wrong"), error.errors);
    }
  } finally {
    button.disabled = false;
  }
  return undefined;
}

// -- Hands ---------------------------------------------------------------------------------------------

function addRow(form) {
  const row = form.querySelector("[data-row][hidden]");
  if (row) row.hidden = false;
  row?.querySelector("input").focus();
  form.querySelector("[data-add-row]").hidden = !form.querySelector("[data-row][hidden]");
}

function fill(form, values) {
  for (const [name, value] of Object.entries(values)) form.elements[name].value = value;
  keep(form);
  draw(form);
}

function ownPlace(form, button) {
  if (!navigator.geolocation) return blame(form, t("place_missing"));
  button.disabled = true;
  const done = () => (button.disabled = false);
  navigator.geolocation.getCurrentPosition(({ coords }) => {
    done();
    fill(form, { place: `${coords.latitude.toFixed(6)}, ${coords.longitude.toFixed(6)}` });
  }, (error) => {
    done();
    blame(form, t(error.code === error.PERMISSION_DENIED ? "place_refused" : "place_missing"));
  }, { enableHighAccuracy: true, timeout: 15_000 });
  return undefined;
}

let asked = 0;

async function findPeople(field) {
  const turn = (asked += 1);
  const box = field.parentElement.querySelector(".people");
  try {
    const html = await (await get(`${field.dataset.people}?q=${encodeURIComponent(field.value)}`)).text();
    if (turn === asked) box.innerHTML = html;
  } catch {
    // The next letter asks again; the fields can be filled by hand.
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target.closest('[data-mode="kind"], [data-mode="template"]');
  if (!form?.matches("form")) return;
  event.preventDefault();
  submit(form);
});

document.addEventListener("input", (event) => {
  const form = event.target.closest(".kind-form");
  if (!form) return;
  if (event.target.matches("[data-people]")) return void findPeople(event.target);
  keep(form);
  draw(form);
});

document.addEventListener("click", (event) => {
  const { target } = event;
  const opener = target.closest("[data-kind]:is(button)");
  const form = target.closest(".kind-form");
  const person = target.closest("[data-person-name]");
  if (opener) openKind(opener.dataset.kind);
  if (target.closest("[data-close-kind]") || target === dialog) close();
  if (target.closest("[data-add-row]")) addRow(form);
  if (target.closest("[data-own-place]")) ownPlace(form, target.closest("[data-own-place]"));
  if (person) {
    fill(form, { name: person.dataset.personName, phone: person.dataset.personPhone });
    person.closest(".people").replaceChildren();
  }
});

// Another conversation: what was typed is kept for the one it belongs to.
document.addEventListener("conversation:shown", () => {
  const shown = dialog?.querySelector("[data-conversation]");
  if (shown && shown.dataset.conversation !== openConversation()) close();
});
