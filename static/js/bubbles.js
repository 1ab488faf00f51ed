// What a bubble does when asked: shows what it said before it was edited or taken back, copies an address.

import { get } from "./http.js";
import { t } from "./strings.js";

const SAID_MS = 1600;

async function toggle(button) {
  const after = button.parentElement;
  const shown = after.querySelector(".earlier-texts");
  if (shown) {
    shown.remove();
    button.setAttribute("aria-expanded", "false");
    return;
  }
  button.disabled = true;
  try {
    const html = await (await get(button.dataset.earlierTexts)).text();
    if (!after.querySelector(".earlier-texts")) button.insertAdjacentHTML("afterend", html);
    button.setAttribute("aria-expanded", "true");
  } catch {
    button.title = t("went_wrong");
  } finally {
    button.disabled = false;
    button.focus();
  }
}

async function copy(button) {
  try {
    await navigator.clipboard.writeText(button.dataset.copyText);
  } catch {
    button.title = t("went_wrong");
    return;
  }
  const words = button.dataset.words ?? button.textContent;
  button.dataset.words = words;
  button.textContent = t("copied");
  setTimeout(() => { button.textContent = words; }, SAID_MS);
}

document.addEventListener("click", (event) => {
  const earlier = event.target.closest("[data-earlier-texts]");
  const copied = event.target.closest("[data-copy-text]");
  if (earlier) toggle(earlier);
  if (copied) copy(copied);
});
