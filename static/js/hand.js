// What a pointer is down on. Swapped away before the pointer is up, it would lose its click.

const CLICK_MS = 50; // a finger's click comes a moment after the finger has gone
let pressed = null;

/** Whether a pointer is down on something in `part`; "hand:released" tells when it no longer is. */
export function isPressed(part) {
  return part.contains(pressed);
}

function release() {
  pressed = null;
  document.dispatchEvent(new CustomEvent("hand:released"));
}

document.addEventListener("pointerdown", ({ target }) => { pressed = target; }, { capture: true, passive: true });
for (const name of ["pointerup", "pointercancel"]) {
  document.addEventListener(name, () => setTimeout(release, CLICK_MS), { capture: true, passive: true });
}
