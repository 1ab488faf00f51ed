// The list, live: a row is redrawn where it stands, and moves to its new place unless the pointer or the focus is
// in the list. Then it waits, the head says "3 new", and all waiting rows move once the hand has gone.

import { element } from "../http.js";
import { t } from "../strings.js";
import { drawHeads, groupOf, isBefore, left, regroup, rows } from "./order.js";

const CLOSING_SOON_MS = 2 * 3_600_000;
const list = document.getElementById("rows");
const scroller = document.getElementById("list-scroll");
const panes = document.querySelector("main.panes");
const button = document.getElementById("new-rows");
const canHover = matchMedia("(hover: hover)");
const waiting = new Map(); // conversation → its row as it should stand

/** Whether `row` belongs into the view on screen; `conversations/selectors.py` says the same in SQL. */
function belongs(row) {
  const { dataset } = row;
  if (panes.dataset.team && dataset.team !== panes.dataset.team) return false;
  const resolved = dataset.status === "resolved";
  switch (panes.dataset.view) {
    case "mine": return !resolved && dataset.assignee === document.body.dataset.agent;
    case "unassigned": return !resolved && !dataset.assignee;
    case "closing": return !resolved && left(row) > 0 && left(row) < CLOSING_SOON_MS;
    case "resolved": return resolved;
    default: return !resolved;
  }
}

/** A search shows what it found; what happens meanwhile redraws its rows and adds none. */
function isSearching() {
  return Boolean(document.getElementById("list-query").value.trim());
}

/** A row that was clicked keeps the focus, but the hand is gone: only the keyboard's focus counts. */
function isBusy() {
  return (canHover.matches && scroller.matches(":hover")) || list.querySelector(":focus-visible") !== null;
}

/** Whether the list ends before the view does. */
function hasMore() {
  return list.querySelector(":scope > .more") !== null;
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
    // Its data say where it stands on screen, so they change when it moves.
    if (old && wanted) redrawContent(old, row.cloneNode(true));
  } else {
    waiting.delete(row.id);
    old?.remove();
    if (wanted) insert(row, old);
    drawHeads();
  }
  announce();
}

/** Take away the row of a conversation this agent may not see any more. */
export function removeRow(conversation) {
  waiting.delete(`conversation-${conversation}`);
  document.getElementById(`conversation-${conversation}`)?.remove();
  drawHeads();
  announce();
}

function staysPut(old, row) {
  if (groupOf(old) !== groupOf(row)) return false;
  const all = rows();
  const place = all.indexOf(old);
  const before = all[place - 1];
  const after = all[place + 1];
  // Behind the last row loaded there may be others that now come first.
  if (!after && hasMore() && isBefore(old, row)) return false;
  return !(before && isBefore(row, before)) && !(after && isBefore(after, row));
}

/** Swap the content only: a link under the pointer or with the focus stays the same link. */
function redrawContent(old, row) {
  const link = old.querySelector(".conv");
  const fresh = row.querySelector(".conv");
  link.className = fresh.className;
  link.replaceChildren(...fresh.childNodes);
}

function redraw(old, row) {
  Object.assign(old.dataset, row.dataset);
  redrawContent(old, row);
}

/** Put `row`, or `old` redrawn as it, where it belongs. */
function insert(row, old) {
  if (old && old !== row) {
    redraw(old, row);
    row = old;
  }
  regroup(row);
  const next = rows().find((other) => isBefore(row, other));
  if (next) before(next).before(row);
  else if (!hasMore()) list.append(row); // else its place is on a page that is not loaded yet
  list.querySelector(":scope > .empty-state")?.remove();
}

/** `next`, or the head over it: what comes before a group's first row comes before its head; drawHeads() says where. */
function before(next) {
  const head = next.previousElementSibling;
  return head?.matches(".list-group") ? head : next;
}

function announce() {
  const count = [...waiting.values()].filter(belongs).length;
  button.hidden = count === 0;
  button.textContent = t("rows_new", { count });
}

/** Move all that waits, and what the clock alone moves: into the closed windows, or out of "closing soon". */
function settle() {
  for (const row of rows()) {
    const hasClosed = regroup(row);
    if (!waiting.has(row.id) && (hasClosed || !belongs(row))) waiting.set(row.id, row);
  }
  const moving = [...waiting.values()].map((row) => [row, document.getElementById(row.id)]);
  for (const [, old] of moving) old?.remove(); // all first: a row out of its place misleads the next
  for (const [row, old] of moving) if (belongs(row)) insert(row, old);
  waiting.clear();
  drawHeads();
  announce();
}

let clockMoved = false;

function settleWhenFree() {
  // The focus moves after the event that says it leaves.
  setTimeout(() => {
    if (isBusy() || !(waiting.size || clockMoved)) return;
    clockMoved = false;
    settle();
  }, 0);
}

scroller.addEventListener("pointerleave", settleWhenFree);
list.addEventListener("focusout", settleWhenFree);
button.addEventListener("click", () => {
  const first = waiting.keys().next().value;
  settle();
  if (document.getElementById("group-heads")) document.getElementById(first)?.scrollIntoView({ block: "nearest" });
  else scroller.scrollTop = 0;
});

document.addEventListener("clock:ticked", () => {
  if (!document.getElementById("group-heads")) return; // newest first: no order that the clock changes
  clockMoved = true;
  settleWhenFree();
});

document.addEventListener("counts:told", ({ detail: { closing } }) => {
  if (panes.dataset.team || isSearching() || isBusy() || hasMore()) return; // more than fit: nothing missing is seen
  const isBare = !list.querySelector(":scope > li"); // the last one left: the server has words for that
  const hasCome = panes.dataset.view === "closing" && rows().length !== closing; // by the clock alone, no event tells
  if (isBare || hasCome) window.htmx.trigger(document.querySelector(".list-search"), "submit");
});

// A page of rows fetched while scrolling may hold one that has moved up meanwhile.
new MutationObserver((changes) => {
  for (const { addedNodes } of changes) {
    for (const node of addedNodes) {
      if (node.id && list.querySelector(`:scope > #${CSS.escape(node.id)}`) !== node && node.isConnected) node.remove();
    }
  }
  drawHeads();
}).observe(list, { childList: true });
