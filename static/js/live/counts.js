// Numbers that are not in a frame: how many each view holds, and what came while nobody looked, in the tab's title.

import { get } from "../http.js";

const CALM_MS = 1_500;
const CHANGES_COUNTS = /^(message\.received|conversation\.(opened|reopened|resolved|assigned|changed|merged))$/;
let timer;
let unseen = 0;

async function fetchCounts() {
  timer = undefined;
  const list = new URLSearchParams(new FormData(document.querySelector(".list-search")));
  const counts = await (await get(`/counts/?${list}`)).json();
  document.dispatchEvent(new CustomEvent("counts:told", { detail: counts }));
  for (const [view, count] of Object.entries(counts)) {
    for (const element of document.querySelectorAll(`[data-count="${view}"]`)) {
      element.textContent = count;
      if (view === "closing" && element.classList.contains("n")) element.classList.toggle("n-warn", count > 0);
    }
  }
}

/** Fetch the counts of the views, once for many events; a little spread, so that not all pages ask at once. */
export function refreshCounts() {
  timer ??= setTimeout(() => fetchCounts().catch(() => {}), CALM_MS * (0.5 + Math.random()));
}

/** Take an event: do the counts change, does the title? */
export function countEvent({ name }) {
  if (CHANGES_COUNTS.test(name)) refreshCounts();
  if (name === "message.received" && document.hidden) showUnseen(unseen + 1);
}

function showUnseen(count) {
  unseen = count;
  document.title = (count ? `(${count}) ` : "") + document.title.replace(/^\(\d+\) /, "");
}

document.addEventListener("visibilitychange", () => document.hidden || showUnseen(0));
document.addEventListener("day:changed", refreshCounts);
document.addEventListener("minute:changed", refreshCounts); // "closing soon" changes by the clock alone
