// The parts of a page that are fetched again when what they show has changed; where from stands in their `hx-get`.

/** Fetch `part` (null: it is not there) again; of two answers the one asked for last counts.
 * Not by its trigger: a part that has just been swapped in listens to that only a moment later, and what htmx
 * queues behind an answer is forgotten with the element that this answer replaces. */
export function fetchAgain(part) {
  if (!part) return;
  const swap = part.getAttribute("hx-swap");
  window.htmx.ajax("GET", part.getAttribute("hx-get"), { source: part, target: part, swap });
}
