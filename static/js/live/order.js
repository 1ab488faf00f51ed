// The order of the list: newest first, or one of the others; by what closes next it stands under heads that say how
// soon, with the closed windows at the end. conversations/lists.py and inbox/groups.py say the same.

import { moment, now, windowState } from "../time.js";
import { mentionRank } from "../unread.js";
import { state } from "./belongs.js";

const list = document.getElementById("rows");
const heads = document.getElementById("group-heads")?.content;
const groups = new Map(); // how a window stands → the group's key
for (const { dataset } of heads?.children ?? []) {
  for (const look of dataset.looks.split(" ")) groups.set(look, dataset.group);
}

// Each row on screen keeps the group it stands in until it moves: so the list is always in order while it waits.
const placed = new WeakMap();

/** Milliseconds that are left of a row's window now; NaN when it never was open. */
export function left({ dataset }) {
  return Date.parse(dataset.windowExpiresAt) - now();
}

function groupNow(row) {
  const rest = left(row);
  return groups.get(rest > 0 ? windowState(rest) : "closed") ?? "";
}

/** The key of the group a row stands in, or would if it is not on screen; "" where the view has none. */
export function groupOf(row) {
  return placed.get(row) ?? groupNow(row);
}

/** Let a row's place follow its window as it is now; whether that asks for another place. */
export function regroup(row) {
  const was = placed.get(row);
  placed.set(row, groupNow(row));
  return was !== "closed" && groupOf(row) === "closed"; // the open ones stay in the order they have
}

/** Rows the server drew stand under the heads it drew. */
function adopt() {
  let group = "";
  for (const child of list.children) {
    if (child.matches(".list-group")) group = child.dataset.group;
    else if (child.dataset.conversation && placed.has(child)) group = placed.get(child);
    else if (child.dataset.conversation) placed.set(child, group || groupNow(child));
  }
}

// Orders by a time that not every row has: those with it first, the soonest first; then the others, newest first.
const TIMES = { closes: "windowExpiresAt", waiting: "waitingSince", sla: "slaDueAt", snoozed: "snoozedUntil" };

function hasTime(row) {
  return state.sort === "closes" ? groupOf(row) !== "closed" : Boolean(row.dataset[TIMES[state.sort]]);
}

/** Whether row `one` stands before row `other`: by the order's time, then (WhatsApp's clock has seconds) by id. */
export function isBefore(one, other) {
  const field = TIMES[state.sort];
  const isUp = field || state.sort === "oldest"; // ids go the way times go
  let apart = moment(other.dataset.lastAt) - moment(one.dataset.lastAt);
  if (field) {
    const isFirst = hasTime(one);
    if (isFirst !== hasTime(other)) return isFirst;
    if (isFirst) apart = moment(one.dataset[field]) - moment(other.dataset[field]);
  } else if (state.sort === "oldest") apart = -apart;
  else if (state.sort === "mentioned") apart = mentionRank(other) - mentionRank(one) || apart;
  else if (state.sort === "priority") apart = Number(other.dataset.priority) - Number(one.dataset.priority) || apart;
  if (apart) return apart < 0;
  return isUp ? one.dataset.conversation < other.dataset.conversation
    : one.dataset.conversation > other.dataset.conversation;
}

/** Where a row stands in the order, as inbox/paging.py writes it: what is fetched after it follows it. */
export function cursorOf(row) {
  const { lastAt, conversation, priority } = row.dataset;
  const field = TIMES[state.sort];
  if (field && hasTime(row)) return `${row.dataset[field]}~${conversation}`;
  if (!lastAt) return "";
  if (field) return `${lastAt}!${conversation}`;
  if (state.sort === "priority") return `${priority}*${lastAt}~${conversation}`;
  if (state.sort === "mentioned") return `${mentionRank(row)}*${lastAt}~${conversation}`;
  return `${lastAt}~${conversation}`;
}

/** The rows on screen, in order. */
export function rows() {
  return [...list.querySelectorAll(":scope > [data-conversation]")];
}

/** Put one head before the first row of each group, with how many it holds; changes nothing that is right. */
export function drawHeads() {
  if (!heads) return;
  adopt();
  const unused = new Set(list.querySelectorAll(":scope > .list-group"));
  const numbers = new Map();
  let last = "";
  for (const row of rows()) {
    const group = groupOf(row) || last; // none: it is about to leave "closing soon"
    numbers.set(group, (numbers.get(group) ?? 0) + 1);
    if (group === last) continue;
    last = group;
    const head = [...unused].find(({ dataset }) => dataset.group === group)
      ?? heads.querySelector(`[data-group="${group}"]`).cloneNode(true);
    unused.delete(head);
    if (row.previousElementSibling !== head) row.before(head);
  }
  for (const head of unused) head.remove();
  // The last group may go on behind what is loaded: the server counts that one.
  if (list.querySelector(":scope > .more")) numbers.delete(last);
  showNumbers(numbers);
}

function showNumbers(numbers) {
  for (const [group, number] of numbers) {
    const shown = list.querySelector(`:scope > [data-group="${group}"] [data-number]`);
    if (shown && shown.textContent !== String(number)) shown.textContent = number;
  }
}

document.addEventListener("counts:told", ({ detail }) => {
  if (list.querySelector(":scope > .more")) showNumbers(Object.entries(detail.groups));
  drawHeads();
});

drawHeads();
