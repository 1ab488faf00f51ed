// Eight hours in one tab: what comes in on top would make the list ever longer. Rows far below the eye are taken out
// again, and fetched from their place when somebody scrolls there, as on the first page.

import { cursorOf, rows } from "./order.js";

const MOST = 400;
const KEPT = 200;
const SCREENS = 1; // so much is left below what is seen

/** Shorten the list to its first `kept` rows when it has more than `most`, unless somebody looks or works down there. */
export function trim(list, scroller, { most = MOST, kept = KEPT } = {}) {
  const all = rows();
  if (all.length <= most) return;
  const gone = all.slice(kept);
  const seen = scroller.getBoundingClientRect().bottom + SCREENS * scroller.clientHeight;
  if (gone[0].getBoundingClientRect().top < seen) return;
  if (gone.some((row) => row.contains(document.activeElement) || row.querySelector(":checked"))) return;
  const cursor = cursorOf(all[kept - 1]);
  if (!cursor) return;
  while (all[kept - 1].nextElementSibling) all[kept - 1].nextElementSibling.remove(); // heads, and the old way on
  const more = document.createElement("li");
  more.className = "more";
  const words = document.querySelector("main.panes").dataset.words;
  more.setAttribute("hx-get", `/rows/?${words}&after=${encodeURIComponent(cursor)}`);
  more.setAttribute("hx-trigger", "intersect once");
  more.setAttribute("hx-swap", "outerHTML");
  list.append(more);
  window.htmx.process(more);
}
