// The template picker: finds by name and words, and shows what the customer will read while the values are typed.
// A message that missed its window opens it, too: in the composer while that is closed, else in a dialog.

import { refreshComposer, say, switchTo } from "./composer.js";
import { Refusal, element, get } from "./http.js";
import { openKind } from "./kinds.js";
import { t } from "./strings.js";

async function openInstead(button) {
  const query = `?instead=${button.dataset.instead}`;
  const picker = document.getElementById("picker");
  if (!picker) return openKind(button.dataset.dialogUrl + query, button);
  say("");
  try {
    const html = await (await get(picker.dataset.url + query)).text();
    if (!picker.isConnected) return;
    switchTo("reply");
    picker.lastElementChild.replaceWith(element(html));
    window.htmx.process(picker);
    picker.querySelector("[data-filter-templates]").focus();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    say(error.message || t(error.offline ? "not_reached" : "went_wrong"));
  }
}

/** The picker as it was, and the focus where it came from. */
function endInstead(button) {
  const dialog = button.closest("dialog");
  if (dialog) return dialog.close();
  refreshComposer();
  document.querySelector(`#items [data-instead="${button.dataset.notInstead}"]`)?.focus();
}

document.addEventListener("input", (event) => {
  if (event.target.matches("[data-filter-templates]")) {
    const wanted = event.target.value.trim().toLowerCase();
    const list = event.target.closest(".picker-l");
    const options = [...list.querySelectorAll(".tpl")];
    for (const option of options) {
      option.hidden = !wanted.split(/\s+/).every((word) => option.dataset.words.toLowerCase().includes(word));
    }
    list.querySelector("[data-none-found]").hidden = !options.length || options.some((option) => !option.hidden);
  }
  const form = event.target.closest(".picker-form");
  // A value may stand more than once.
  for (const gap of form?.querySelectorAll(`[data-gap="${event.target.name}"]`) ?? []) {
    gap.textContent = event.target.value || event.target.placeholder || "…";
  }
});

document.addEventListener("click", (event) => {
  const instead = event.target.closest("[data-instead]");
  const end = event.target.closest("[data-not-instead]");
  if (instead) openInstead(instead);
  if (end) endInstead(end);
  const option = event.target.closest(".tpl");
  if (!option) return;
  for (const other of option.parentElement.querySelectorAll(".tpl")) {
    if (other === option) other.setAttribute("aria-current", "true");
    else other.removeAttribute("aria-current");
  }
});
