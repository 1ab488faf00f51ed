// The large picture, larger: wheel, pinch, double click, + and -; dragged or moved by the arrows while it is; 0 ends it.
// By touch a swipe over a picture that is not enlarged turns to the next.

import { t } from "./strings.js";

const MOST = 6;
const STEP = 1.5;
const AT_ONCE = 2.5; // by a double click or the button
const NUDGE = 60; // px, by an arrow
const SWIPE = 50; // px
const dialog = document.getElementById("lightbox");
const frame = dialog.querySelector("figure");
const image = frame.querySelector("img");
const button = dialog.querySelector("[data-zoom]");
const fingers = new Map(); // pointerId: { x, y }
let scale = 1;
let at = { x: 0, y: 0 };
let begun = null; // where a finger came down, for a swipe
let swiped = () => {};

/** Whether the picture is larger than its place. */
export function isZoomed() {
  return scale > 1;
}

/** `then(-1 or 1)` when a finger swipes. */
export function onSwipe(then) {
  swiped = then;
}

/** As large as its place again. */
export function resetZoom() {
  zoomTo(1);
  fingers.clear();
  begun = null;
}

/** No further than to the picture's edge. */
function held(value, size, room) {
  const most = Math.max(0, (size * scale - room) / 2);
  return Math.min(most, Math.max(-most, value));
}

function draw() {
  at = {
    x: held(at.x, image.offsetWidth, frame.clientWidth),
    y: held(at.y, image.offsetHeight, frame.clientHeight),
  };
  image.style.transform = isZoomed() ? `translate(${at.x}px, ${at.y}px) scale(${scale})` : "";
  dialog.classList.toggle("is-zoomed", isZoomed());
  button.setAttribute("aria-pressed", String(isZoomed()));
}

/** Zoom to `wanted`; what lies under `point` (of the window) stays there. */
function zoomTo(wanted, point = null) {
  const before = scale;
  scale = Math.min(MOST, Math.max(1, wanted));
  if (scale < 1.02) scale = 1;
  const box = frame.getBoundingClientRect();
  const from = point ? { x: point.x - box.x - box.width / 2, y: point.y - box.y - box.height / 2 } : { x: 0, y: 0 };
  const grown = scale / before;
  at = { x: from.x - (from.x - at.x) * grown, y: from.y - (from.y - at.y) * grown };
  draw();
}

function say() {
  dialog.querySelector("[data-zoomed]").textContent = t("zoomed_to", { percent: Math.round(scale * 100) });
}

function toggle(point = null) {
  zoomTo(isZoomed() ? 1 : AT_ONCE, point);
  say();
}

function move(x, y) {
  at = { x: at.x + x, y: at.y + y };
  draw();
}

button.addEventListener("click", () => toggle());
frame.addEventListener("dblclick", (event) => toggle(event));
frame.addEventListener("dragstart", (event) => event.preventDefault());

frame.addEventListener("wheel", (event) => {
  event.preventDefault();
  const pixels = event.deltaY * (event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1);
  zoomTo(scale * Math.exp(-pixels * (event.ctrlKey ? 0.01 : 0.002)), event); // a pinch on a pad comes with Ctrl
}, { passive: false });

frame.addEventListener("pointerdown", (event) => {
  if (event.button) return;
  fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  begun = fingers.size === 1 && event.pointerType === "touch" && !isZoomed() ? { x: event.clientX, y: event.clientY } : null;
  frame.setPointerCapture(event.pointerId);
});

/** How far two fingers are apart, and what is between them. */
function pinch() {
  const [one, two] = fingers.values();
  return { apart: Math.hypot(one.x - two.x, one.y - two.y), middle: { x: (one.x + two.x) / 2, y: (one.y + two.y) / 2 } };
}

frame.addEventListener("pointermove", (event) => {
  const last = fingers.get(event.pointerId);
  if (!last) return;
  const now = { x: event.clientX, y: event.clientY };
  if (fingers.size === 2) {
    const before = pinch();
    fingers.set(event.pointerId, now);
    const after = pinch();
    if (before.apart > 0) zoomTo((scale * after.apart) / before.apart, after.middle);
    move(after.middle.x - before.middle.x, after.middle.y - before.middle.y);
    return;
  }
  fingers.set(event.pointerId, now);
  if (isZoomed()) move(now.x - last.x, now.y - last.y);
});

function lift(event) {
  fingers.delete(event.pointerId);
  if (!begun || event.type !== "pointerup") return;
  const by = event.clientX - begun.x;
  if (Math.abs(by) > SWIPE && Math.abs(by) > 2 * Math.abs(event.clientY - begun.y)) swiped(by > 0 ? -1 : 1);
  begun = null;
}

for (const name of ["pointerup", "pointercancel"]) frame.addEventListener(name, lift);

dialog.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey) return; // the browser's own zoom
  const wanted = { "+": scale * STEP, "=": scale * STEP, "-": scale / STEP, 0: 1 }[event.key];
  const arrow = { ArrowLeft: [NUDGE, 0], ArrowRight: [-NUDGE, 0], ArrowUp: [0, NUDGE], ArrowDown: [0, -NUDGE] }[event.key];
  if (wanted) {
    zoomTo(wanted);
    say();
  } else if (arrow && isZoomed()) {
    move(...arrow);
  } else {
    return;
  }
  event.preventDefault();
});

addEventListener("resize", () => isZoomed() && draw());
