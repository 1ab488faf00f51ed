// The list, live: a row is redrawn where it stands, and moves to its new place unless the pointer or the focus is
// in the list. Then it waits, the head says "3 new", and all waiting rows move once the hand has gone.

import { calmly } from "../calm.js";
import { isPressed } from "../hand.js";
import { element, get } from "../http.js";
import { t } from "../strings.js";
import { drawUnread, haveRead, learn } from "../unread.js";
import { belongs as rowBelongs, state } from "./belongs.js";
import { glide } from "./glide.js";
import { drawHeads, groupOf, isBefore, regroup, rows } from "./order.js";
import { drawSla } from "./sla.js";
import { trim } from "./trim.js";

const ASK_AFTER_MS = 1_000;
const GATHER_MS = 400;
const list = document.getElementById("rows");
const scroller = document.getElementById("list-scroll");
const panes = document.querySelector("main.panes");
const button = document.getElementById("new-rows");
const canHover = matchMedia("(hover: hover)");
const waiting = new Map(); // conversation → its row as it should stand

const answers = new WeakMap(); // what the server said of a row that the page cannot judge

/** Whether `row` belongs into the list on screen; one the server was not asked about yet stays where it is. */
function belongs(row) {
  return rowBelongs(row) ?? answers.get(row) ?? document.getElementById(row.id) !== null;
}

const asked = new Map(); // conversation → its newest row, to be asked about
let asking;

/** Ask the server which rows belong, once a second for all of them. */
function ask(row) {
  asked.set(row.dataset.conversation, row);
  asking ??= setTimeout(() => {
    asking = undefined;
    answer().catch(() => {}); // no connection: after it is back the list is fetched
  }, ASK_AFTER_MS);
}

async function answer() {
  const list = [...asked].slice(0, 60);
  for (const [conversation] of list) asked.delete(conversation);
  if (asked.size) ask([...asked.values()][0]);
  const only = list.map(([conversation]) => conversation).join(",");
  const found = element(await (await get(`/rows/?${panes.dataset.words}&only=${only}`)).text());
  const fresh = new Map([...found.children].map((row) => [row.dataset.conversation, row]));
  learn(fresh.values());
  placeAll(list.map(([conversation, row]) => {
    const drawn = fresh.get(conversation) ?? row;
    answers.set(drawn, fresh.has(conversation));
    return drawn;
  }));
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

const gathered = new Map(); // what a burst brought, and is drawn in one go; or what a pressed pointer holds up

const drawGathered = calmly(() => {
  const fresh = [...gathered.values()];
  gathered.clear();
  placeAll(fresh);
}, GATHER_MS);

/** Take the row of a conversation as the server drew it, with the event it was drawn for. */
export function placeRow(html, { name, actor } = {}) {
  const row = element(html);
  if (name === "conversation.read" && String(actor) === document.body.dataset.agent) haveRead(row);
  if (rowBelongs(row) === undefined) ask(row);
  gathered.set(row.id, row);
  drawGathered();
}

/** Draw rows where they stand, or where they now belong; under a hand they wait. */
function placeAll(fresh) {
  if (isPressed(list)) {
    for (const row of fresh) gathered.set(row.id, row);
    return;
  }
  const moving = [];
  for (const row of fresh) {
    drawUnread(row);
    drawSla(row);
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
      moving.push({ row, old, wanted });
    }
  }
  if (moving.length) move(moving);
  announce();
}

function move(moving) {
  glide(list, scroller, () => {
    for (const { old } of moving) old?.remove(); // all first: a row out of its place misleads the next
    for (const { row, old, wanted } of moving) if (wanted) insert(row, old);
    trim(list, scroller);
    drawHeads();
  });
}

/** Take away the row of a conversation this agent may not see any more. */
export function removeRow(conversation) {
  waiting.delete(`conversation-${conversation}`);
  gathered.delete(`conversation-${conversation}`);
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
  document.dispatchEvent(new CustomEvent("row:drawn", { detail: old }));
}

function redraw(old, row) {
  Object.assign(old.dataset, row.dataset);
  if (answers.has(row)) answers.set(old, answers.get(row));
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
  const moving = [...waiting.values()].map((row) => (
    { row, old: document.getElementById(row.id), wanted: belongs(row) }
  ));
  waiting.clear();
  move(moving);
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

document.addEventListener("hand:released", () => { if (gathered.size) drawGathered(); });
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
  if (state.conditions.length || state.rest || isSearching() || isBusy() || hasMore()) return; // more than fit: nothing missing is seen
  const isBare = !list.querySelector(":scope > li"); // the last one left: the server has words for that
  const hasCome = state.view === "closing" && rows().length !== closing; // by the clock alone, no event tells
  if (isBare || hasCome) window.htmx.trigger(document.querySelector(".list-search"), "submit");
});

learn(rows());

// A page of rows fetched while scrolling may hold one that has moved up meanwhile.
new MutationObserver((changes) => {
  for (const { addedNodes } of changes) {
    for (const node of addedNodes) {
      if (node.id && list.querySelector(`:scope > #${CSS.escape(node.id)}`) !== node && node.isConnected) node.remove();
    }
  }
  learn(rows());
  drawHeads();
}).observe(list, { childList: true });
