// Dialogs of the phone: the list of a list message, and the form of a flow.

import { el, t } from "./dom.js";

const dialog = document.getElementById("choices");
const list = document.getElementById("choices-list");
let settle = null;

dialog.addEventListener("close", () => settle?.(null));
document.getElementById("choices-cancel").addEventListener("click", () => dialog.close());

/** Let the customer pick one row of `sections`. */
export function choose(title, sections) {
  document.getElementById("choices-title").textContent = title || t("pick");
  list.replaceChildren(...sections.flatMap((section) => [
    section.title ? el("div", { class: "choice-title" }, section.title) : null,
    ...section.rows.map((row) => el("button", { class: "choice-row", type: "button", onclick: () => pick(row) },
      row.title, row.description ? el("small", {}, row.description) : null)),
  ]).filter(Boolean));
  dialog.showModal();
  return new Promise((resolve) => { settle = resolve; });
}

function pick(row) {
  settle?.(row);
  settle = null;
  dialog.close();
}

// --- a form ---

const flow = document.getElementById("flow");
const flowForm = document.getElementById("flow-form");
let settleForm = null;

flow.addEventListener("close", () => {
  settleForm?.(null);
  settleForm = null;
});
flowForm.addEventListener("submit", (event) => {
  event.preventDefault();
  settleForm?.(Object.fromEntries(new FormData(flowForm)));
  settleForm = null;
  flow.close();
});

/** Let the customer fill in a form: name and message, or null. */
export function fillIn(title) {
  document.getElementById("flow-title").textContent = title || t("answer_form");
  flowForm.reset();
  flow.showModal();
  return new Promise((resolve) => { settleForm = resolve; });
}
