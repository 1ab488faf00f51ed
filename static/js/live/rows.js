// The list, live: a row is redrawn where it stands, and moves to its new place unless the pointer or the focus is
// in the list. Then it waits, the head says "3 new", and all waiting rows move once the hand has gone.

import { element } from "../http.js";
import { t } from "../strings.js";
import { now } from "../time.js";

const CLOSING_SOON_MS = 2 * 3_600_000;
const list = document.getElementById("rows");
const scroller = document.getElementById("list-scroll");
const panes = document.querySelector("main.panes");
const button = document.getElementById("new-rows");
const canHover = matchMedia("(hover: hover)");
const waiting = new Map(); // conversation → its row as it should stand

/** Whether `row` belongs into the view on screen; `conversations/selectors.py` says the same in SQL. */
function belongs({ dataset }) {
  if (panes.dataset.team && dataset.team !== panes.dataset.team) return false;
  const resolved = dataset.status === "resolved";
  const left = Date.parse(dataset.windowExpiresAt) - now();
  switch (panes.dataset.view) {
    case "mine": return !resolved && dataset.assignee === document.body.dataset.agent;
    case "unassigned": return !resolved && !dataset.assignee;
    case "closing": return !resolved && left > 0 && left < CLOSING_SOON_MS;
    case "resolved": return resolved;
    default: return !resolved;
  }
}

/** A search shows what it found; what happens meanwhile redraws its rows and adds none. */
function isSearching() {
  return Boolean(document.getElementById("list-query").value.trim());
}

/** Whether row `one` stands before row `other`: by time, then (WhatsApp's clock has seconds) by id, like the server. */
function isBefore({ dataset: one }, { dataset: other }) {
  const closing = panes.dataset.view === "closing";
  const [first, second] = closing ? [one, other] : [other, one];
  const key = closing ? "windowExpiresAt" : "lastAt";
  const apart = Date.parse(first[key]) - Date.parse(second[key]);
  return apart ? apart < 0 : first.conversation < second.conversation;
}

function rows() {
  return [...list.querySelectorAll(":scope > [data-conversation]")];
}

/** A row that was clicked keeps the focus, but the hand is gone: only the keyboard's focus counts. */
function isBusy() {
  return (canHover.matches && scroller.matches(":hover")) || list.querySelector(":focus-visible") !== null;
}

/** Take the row of a conversation as the server drew it. */
export function placeRow(html) {
  const row = element(html);
  const old = document.getElementById(row.id);
  const wanted = belongs(row) && (old || !isSearching());
  if (!old && !wanted) {
    waiting.delete(row.id);
  } else if (old && wanted && staysPut(old, row)) {
    waiting.delete(row.id);
    redraw(old, row);
  } else if (isBusy()) {
    waiting.set(row.id, row);
    if (old && wanted) redraw(old, row.cloneNode(true));
  } else {
    waiting.delete(row.id);
    move(old, wanted ? row : null);
  }
  announce();
}

/** Take away the row of a conversation this agent may not see any more. */
export function removeRow(conversation) {
  waiting.delete(`conversation-${conversation}`);
  document.getElementById(`conversation-${conversation}`)?.remove();
  announce();
}

function staysPut(old, row) {
  const before = old.previousElementSibling;
  const after = old.nextElementSibling;
  return !(before?.dataset.conversation && isBefore(row, before)) && !(after?.dataset.conversation && isBefore(after, row));
}

/** Swap the content only: a link under the pointer or with the focus stays the same link. */
function redraw(old, row) {
  const link = old.querySelector(".conv");
  const fresh = row.querySelector(".conv");
  Object.assign(old.dataset, row.dataset);
  link.className = fresh.className;
  link.replaceChildren(...fresh.childNodes);
}

function move(old, row) {
  if (row && old) {
    redraw(old, row);
    row = old;
  }
  old?.remove();
  if (!row) return;
  const next = rows().find((other) => isBefore(row, other));
  const more = list.querySelector(":scope > .more");
  if (next) next.before(row);
  else if (!more) list.append(row); // else its place is on a page that is not loaded yet
  list.querySelector(":scope > .empty-state")?.remove();
}

function announce() {
  const count = [...waiting.values()].filter(belongs).length;
  button.hidden = count === 0;
  button.textContent = t("rows_new", { count });
}

function settle() {
  for (const row of waiting.values()) move(document.getElementById(row.id), belongs(row) ? row : null);
  waiting.clear();
  announce();
}

function settleWhenFree() {
  // The focus moves after the event that says it leaves.
  setTimeout(() => waiting.size && !isBusy() && settle(), 0);
}

scroller.addEventListener("pointerleave", settleWhenFree);
list.addEventListener("focusout", settleWhenFree);
button.addEventListener("click", () => {
  settle();
  scroller.scrollTop = 0;
});

// "Closing soon" changes by the clock, and no event tells: rows leave it here, those that come are fetched.
document.addEventListener("minute:changed", () => {
  if (panes.dataset.view !== "closing") return;
  for (const row of rows()) if (!belongs(row)) waiting.set(row.id, waiting.get(row.id) ?? row);
  if (waiting.size && !isBusy()) settle();
});

document.addEventListener("counts:told", ({ detail: { closing } }) => {
  if (panes.dataset.view !== "closing" || panes.dataset.team || isSearching() || isBusy()) return;
  if (list.querySelector(":scope > .more")) return; // more than fit on the screen: nothing missing that is seen
  const isBare = !list.querySelector(":scope > li"); // the last one left: the server has words for that
  if (isBare || rows().length !== closing) window.htmx.trigger(document.querySelector(".list-search"), "submit");
});

// A page of rows fetched while scrolling may hold one that has moved up meanwhile.
new MutationObserver((changes) => {
  for (const { addedNodes } of changes) {
    for (const node of addedNodes) {
      if (node.id && list.querySelector(`:scope > #${CSS.escape(node.id)}`) !== node && node.isConnected) node.remove();
    }
  }
}).observe(list, { childList: true });
