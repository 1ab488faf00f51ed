// The log of what went over the wire, newest first, and its download.

import { el } from "./dom.js";
import { clockTime } from "./text.js";

const KEPT = 300;
const list = document.getElementById("log");
let entries = [];

/** Start over with `fresh`, oldest first. */
export function setLog(fresh) {
  entries = [];
  list.replaceChildren();
  fresh.forEach(addEntry);
  document.getElementById("log-empty").hidden = entries.length > 0;
}

/** One more line on top. */
export function addEntry(entry) {
  document.getElementById("log-empty").hidden = true;
  entries.push(entry);
  const tone = entry.ok ? "chip-ok" : entry.status !== null && entry.status < 500 && entry.direction === "api" ? "chip-warn" : "chip-danger";
  list.prepend(el("li", {},
    el("time", {}, clockTime(entry.at, true)),
    el("code", {}, `${entry.direction === "webhook" ? "→" : "←"} ${entry.label}`),
    el("span", { class: `chip ${tone}` }, String(entry.status ?? "–")),
    el("small", {}, entry.note)));
  while (list.children.length > KEPT) list.lastElementChild.remove();
}

document.getElementById("download").addEventListener("click", () => {
  const url = URL.createObjectURL(new Blob([JSON.stringify(entries, null, 2)], { type: "application/json" }));
  el("a", { href: url, download: "simulator-log.json" }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
});
