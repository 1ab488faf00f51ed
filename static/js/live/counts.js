// Numbers that are not in a frame: how many each view holds.

import { get } from "../http.js";

const COUNTED_TO = 10_000; // the server's COUNT_LIMIT
const CALM_MS = 1_500;
const CHANGES_COUNTS = /^(message\.received|note\.created|conversation\.(opened|reopened|resolved|assigned|changed|merged|snoozed|woken|prioritised|labelled|read))$/;
let timer;

/** A number as the page's language writes it; a list beyond the limit is not counted out. */
function written(count, isLimited) {
  const number = new Intl.NumberFormat(document.documentElement.lang);
  return isLimited && count > COUNTED_TO ? `${number.format(COUNTED_TO)}+` : number.format(count);
}

async function fetchCounts() {
  timer = undefined;
  const list = new URLSearchParams(new FormData(document.querySelector(".list-search")));
  const counts = await (await get(`/counts/?${list}`)).json();
  document.dispatchEvent(new CustomEvent("counts:told", { detail: counts }));
  for (const [view, count] of Object.entries(counts)) {
    for (const element of document.querySelectorAll(`[data-count="${view}"]`)) {
      if (view !== "groups") element.textContent = written(count, view === "list");
      if (view === "closing" && element.classList.contains("n")) element.classList.toggle("n-warn", count > 0);
    }
  }
}

/** Fetch the counts of the views, once for many events; a little spread, so that not all pages ask at once. */
export function refreshCounts() {
  timer ??= setTimeout(() => fetchCounts().catch(() => {}), CALM_MS * (0.5 + Math.random()));
}

/** Take an event: do the counts change? */
export function countEvent({ name }) {
  if (CHANGES_COUNTS.test(name)) refreshCounts();
}

if (document.querySelector('[data-count="list"]')) refreshCounts(); // a narrowed list is counted once it is shown
document.addEventListener("day:changed", refreshCounts);
document.addEventListener("minute:changed", refreshCounts); // "closing soon" changes by the clock alone
