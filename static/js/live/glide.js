// What changes its place glides there: drawn where it was, moved by transform alone, so the eye can follow and nothing
// jumps. Driven frame by frame: a browser counts a transform that it animates by itself as a layout shift when it ends.

import { isPressed } from "../hand.js";

const DURATION_MS = 200;
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const gliding = new Map(); // element → { way, gone (ms), at (the time of its last frame) }
let frame = 0;

function easeOut(part) {
  return 1 - (1 - part) ** 3;
}

/** Leave nothing behind: htmx copies attributes to what takes the place, and a copied style breaks the CSP. */
function rest(child) {
  child.style.removeProperty("transform");
  if (!child.getAttribute("style")) child.removeAttribute("style");
}

function step(now) {
  for (const [child, glide] of gliding) {
    // What a pointer is down on stays under it until it is up.
    if (!isPressed(child.parentNode ?? child)) glide.gone += now - (glide.at ?? now);
    glide.at = now;
    const part = glide.gone / DURATION_MS;
    if (part >= 1 || !child.isConnected) {
      rest(child);
      gliding.delete(child);
    } else {
      child.style.transform = `translateY(${(glide.way * (1 - easeOut(part))).toFixed(1)}px)`;
    }
  }
  frame = gliding.size ? requestAnimationFrame(step) : 0;
}

/** The tops of those children of `box` that are on screen, by element. */
function tops(box, scroller) {
  const view = scroller.getBoundingClientRect();
  const found = new Map();
  for (const child of box.children) {
    const { top, bottom } = child.getBoundingClientRect();
    if (bottom > view.top && top < view.bottom) found.set(child, top);
  }
  return found;
}

/** Run `change`, which reorders the children of `box` within `scroller`; what is on screen glides. */
export function glide(box, scroller, change) {
  if (calm.matches || document.hidden) {
    change();
    return;
  }
  const before = tops(box, scroller);
  change();
  for (const child of before.keys()) rest(child);
  const ways = [...before].filter(([child]) => child.isConnected)
    .map(([child, top]) => [child, top - child.getBoundingClientRect().top]);
  for (const [child, way] of ways) {
    gliding.delete(child);
    if (Math.abs(way) < 1) continue;
    child.style.transform = `translateY(${way}px)`;
    gliding.set(child, { way, gone: 0 });
  }
  frame ||= gliding.size ? requestAnimationFrame(step) : 0;
}

document.addEventListener("htmx:before:swap", () => {
  for (const child of gliding.keys()) rest(child);
  gliding.clear();
});
