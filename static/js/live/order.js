// The order of the list: newest first; in "closing soon" and "mine" what closes next first, under heads that say how
// soon, and in "mine" the closed windows at the end. conversations/selectors.py and inbox/groups.py say the same.

import { moment, now, windowState } from "../time.js";

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

/** Whether row `one` stands before row `other`: by time, then (WhatsApp's clock has seconds) by id. */
export function isBefore(one, other) {
  let apart = moment(other.dataset.lastAt) - moment(one.dataset.lastAt);
  if (groups.size) {
    const isOpen = groupOf(one) !== "closed";
    if (isOpen !== (groupOf(other) !== "closed")) return isOpen;
    if (isOpen) apart = moment(one.dataset.windowExpiresAt) - moment(other.dataset.windowExpiresAt);
  }
  if (apart) return apart < 0;
  return groups.size ? one.dataset.conversation < other.dataset.conversation
    : one.dataset.conversation > other.dataset.conversation;
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
