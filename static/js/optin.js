// The page of a sign-up that waits for its message: asks every three seconds whether it has come, and copies the words.
// Without scripts the page has a link to load it again, and the words can be marked by hand.

const EVERY_MS = 3000;
const place = document.querySelector("[data-optin-state]");
let timer = 0;

async function look() {
  clearTimeout(timer);
  if (document.hidden) return; // whoever comes back from WhatsApp is told at once, see below
  try {
    const response = await fetch(place.dataset.optinState, { signal: AbortSignal.timeout(10_000) });
    const { state, words } = await response.json();
    if (state !== "send") return location.reload();
    // A screen reader hears it when it changes: once a minute is often enough.
    if (place.textContent !== words) place.textContent = words;
  } catch {
    // No network for a moment: the next look will tell.
  }
  timer = setTimeout(look, EVERY_MS);
}

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = !navigator.clipboard; // there is none on pages without TLS
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
    button.textContent = button.dataset.copied;
  });
}

document.addEventListener("visibilitychange", look);
addEventListener("pageshow", ({ persisted }) => persisted && look());
timer = setTimeout(look, EVERY_MS);
