// Twice a minute, and when a window closes: the rings, the chips and the composer's "time left" move on. Nothing else moves.
// Everything with data-closes="ISO time" is kept true; says "window:closed" when the open conversation's runs out.

import { t } from "./strings.js";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const SOON = 120 * MINUTE;
const URGENT = 30 * MINUTE;

// The server's clock counts; a laptop's may be minutes off. It told its time as its answer began to arrive, which on a
// weak line is long before this script runs.
const arrived = performance.timeOrigin + (performance.getEntriesByType("navigation")[0]?.responseStart || performance.now());
const skew = (Date.parse(document.documentElement.dataset.now ?? "") || arrived) - arrived;

/** Milliseconds since 1970 by the server's clock. */
export function now() {
  return Date.now() + skew;
}

const zone = /([+-])(\d\d):(\d\d)$/.exec(document.documentElement.dataset.now ?? "");
const offset = zone ? Number(`${zone[1]}1`) * (Number(zone[2]) * 60 + Number(zone[3])) * MINUTE : 0;

/** `moment` as the server writes it, in the server's zone: its first ten characters are the day here. */
export function serverIso(moment = now()) {
  return new Date(moment + offset).toISOString().slice(0, 19) + (zone ? zone[0] : "Z");
}

/** An ISO time as a number that keeps the microseconds Date.parse() drops; 0 for what is none. */
export function moment(text) {
  const micros = /\.\d{3}(\d{3})/.exec(text);
  return (Date.parse(text) || 0) + (micros ? Number(micros[1]) / 1000 : 0);
}

/** How a window that has `left` milliseconds stands: "open", "soon", "urgent" or "closed". */
export function windowState(left) {
  if (left <= 0) return "closed";
  if (left < URGENT) return "urgent";
  return left < SOON ? "soon" : "open";
}

function parts(left) {
  const minutes = Math.floor(left / MINUTE);
  return { hours: Math.floor(minutes / 60), minutes: minutes % 60 };
}

/** "23 h 58 min left", "12 min left" or "Window closed". */
function sentence(left) {
  if (left <= 0) return t("window_closed");
  const { hours, minutes } = parts(left);
  return hours ? t("hours_left", { hours, minutes }) : t("minutes_left", { minutes });
}

/** "1 h 05" or "12 min", for the chip in a list row. */
function brief(left) {
  const { hours, minutes } = parts(left);
  return hours ? t("hours_brief", { hours, minutes: String(minutes).padStart(2, "0") }) : t("minutes_brief", { minutes });
}

function setState(element, prefix, state) {
  for (const name of ["open", "soon", "urgent", "closed"]) element.classList.toggle(prefix + name, name === state);
}

function drawRing(ring, left) {
  setState(ring, "ring-", windowState(left));
  ring.setAttribute("aria-label", sentence(left));
  const arc = ring.querySelector(".ring-left");
  if (!arc) return;
  if (left <= 0) arc.remove();
  else arc.setAttribute("stroke-dasharray", `${Math.min(100, (left / DAY) * 100).toFixed(1)} 100`);
}

function drawChip(chip, left) {
  const state = windowState(left);
  chip.hidden = state === "open" || state === "closed";
  chip.classList.toggle("chip-warn", state === "soon");
  chip.classList.toggle("chip-danger", state === "urgent");
  chip.querySelector("[data-left]").textContent = brief(left);
}

function drawSentence(element, left) {
  setState(element, "", windowState(left));
  element.querySelector("[data-left]").textContent = sentence(left);
  if (left <= 0 && element.dataset.told !== element.dataset.closes) {
    element.dataset.told = element.dataset.closes; // once for each end of a window
    element.dispatchEvent(new CustomEvent("window:closed", { bubbles: true }));
  }
}

let wakes = Infinity;

/** Look again `left` milliseconds from now, when the next window closes: a whole tick would be late. */
function wake(left) {
  const at = now() + left;
  if (left >= MINUTE || at >= wakes) return;
  wakes = at;
  setTimeout(() => {
    wakes = Infinity;
    refresh();
  }, left + 1);
}

/** Bring everything below `scope` that shows a window up to now. */
export function refresh(scope = document) {
  let next = MINUTE;
  for (const element of scope.querySelectorAll('[data-closes]:not([data-closes=""])')) {
    const left = Date.parse(element.dataset.closes) - now();
    if (left > 0) next = Math.min(next, left);
    if (element.classList.contains("ring")) drawRing(element, left);
    else if (element.classList.contains("chip")) drawChip(element, left);
    else drawSentence(element, left);
  }
  wake(next);
}

let day = serverIso().slice(0, 10);
let minute = Math.floor(now() / MINUTE);

function tick() {
  refresh();
  if (!document.hidden) document.dispatchEvent(new CustomEvent("clock:ticked"));
  const thisMinute = Math.floor(now() / MINUTE);
  if (thisMinute !== minute && !document.hidden) {
    minute = thisMinute; // a window may have begun or ceased to close soon: nobody tells, only the clock
    document.dispatchEvent(new CustomEvent("minute:changed"));
  }
  const today = serverIso().slice(0, 10);
  if (today !== day) {
    day = today; // "10:45" is "yesterday" now: whoever shows days fetches them again
    document.dispatchEvent(new CustomEvent("day:changed"));
  }
}

setInterval(tick, MINUTE / 2);
document.addEventListener("visibilitychange", () => document.hidden || tick());
tick();
