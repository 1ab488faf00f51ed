// The search page: arrows walk through the hits, "/" goes back to the field, the address says what was searched.
// How many were found is said by a line that stays: one that is swapped in with its words is not read out.

import "./http.js";
import "./keys.js";

const field = document.getElementById("search-query");
const links = () => [...document.querySelectorAll("#search-results a.hit")];

function walk(by) {
  const all = links();
  const from = all.indexOf(document.activeElement);
  const to = from + by;
  if (to < 0) field.focus();
  else all[Math.min(to, all.length - 1)]?.focus();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (document.querySelector("dialog[open]")) return;
  const inField = event.target === field;
  const onHit = event.target.matches?.("a.hit");
  if (event.key === "/" && !event.target.closest("input")) field.focus();
  else if (event.key === "ArrowDown" && (inField || onHit)) walk(1);
  else if (event.key === "ArrowUp" && onHit) walk(-1);
  else return;
  event.preventDefault();
  event.stopPropagation();
}, { capture: true });

function say() {
  const said = document.getElementById("search-said");
  const words = document.getElementById("search-tabs")?.dataset.said ?? "";
  if (said.textContent !== words) said.textContent = words;
}

document.addEventListener("htmx:after:swap", () => {
  say();
  const url = new URL(location.href);
  if (url.searchParams.get("q") === field.value) return;
  url.searchParams.set("q", field.value);
  history.replaceState(history.state, "", url);
});

field.setSelectionRange(field.value.length, field.value.length);
