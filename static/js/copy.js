// A [data-copy] button puts its text on the clipboard and says so; without a clipboard it selects the field before it.
import { t } from "./strings.js";

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.lastChild.textContent = t("copied");
  } catch {
    button.closest("li")?.querySelector("input")?.select(); // not a secure page: Ctrl-C does it
  }
});
