// The list of a list message, as a dialog: resolves to the row that was picked, or null.

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
