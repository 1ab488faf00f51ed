// What a pointer is down on. Moved or swapped away before the pointer is up, it would lose its click.

const CLICK_MS = 50; // a finger's click comes a moment after the finger has gone
let pressed = null;
let releasing;

/** Whether a pointer is down on something in `part`; "hand:released" tells when it no longer is. */
export function isPressed(part) {
  return part.contains(pressed);
}

function release() {
  releasing ??= setTimeout(() => {
    releasing = undefined;
    pressed = null;
    document.dispatchEvent(new CustomEvent("hand:released"));
  }, CLICK_MS);
}

const quietly = { capture: true, passive: true };

document.addEventListener("pointerdown", ({ target, button }) => {
  if (button !== 0) return; // who opens a browser's menu may let go where no page hears of it
  clearTimeout(releasing);
  releasing = undefined;
  pressed = target;
}, quietly);
for (const name of ["pointerup", "pointercancel", "contextmenu"]) {
  document.addEventListener(name, () => { if (pressed) release(); }, quietly);
}
// Let go outside of the window, or beneath another one.
document.addEventListener("pointermove", ({ buttons }) => { if (pressed && !buttons) release(); }, quietly);
addEventListener("blur", () => { if (pressed) release(); });
