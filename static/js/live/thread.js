// The open conversation, live: new items, the window's new end, and the parts that depend on who looks.
// Head, composer and contact are fetched again rather than pushed: the same push goes to every agent.

import { calmly } from "../calm.js";
import { isPressed } from "../hand.js";
import { element } from "../http.js";
import { markRead } from "../list.js";
import { fetchAgain } from "../parts.js";
import { openConversation, place, thread } from "../thread.js";
import { refresh } from "../time.js";

const REMEMBERED_MS = 15_000;
const DETAILS_MS = 1_500;
const WAITS = new Set(["contact-details", "labels"]);
const CHANGES_CONTACT = /^(contact\.changed|conversation\.(changed|merged|moved))$/;
const CHANGES_HEAD = /^(contact\.changed|conversation\.(assigned|resolved|reopened|snoozed|woken|prioritised|changed|merged|moved))$/;
const CHANGES_COMPOSER = /^conversation\.moved$/; // another number, without its window
let recent = []; // what came while a conversation was on its way to the screen must not be lost

/** Take an event; what it means for the list is rows.js's. */
export function takeEvent(frame) {
  const until = Date.now() - REMEMBERED_MS;
  recent = recent.filter(({ at }) => at > until);
  recent.push({ at: Date.now(), frame });
  if (frame.conversation === openConversation()) apply(frame);
}

/** Bring a conversation that has just been loaded up to what was told meanwhile. */
function replayRecent() {
  for (const { frame } of recent) if (frame.conversation === openConversation()) apply(frame);
}

function apply({ name, html }) {
  if (html.item && thread()) place(element(html.item));
  if (html.row) {
    showWindow(element(html.row).dataset);
    markRead();
  }
  if (CHANGES_HEAD.test(name)) again("thread-head");
  if (CHANGES_CONTACT.test(name)) again("contact-details");
  if (name === "message.received") wrote();
  if (name === "conversation.labelled") again("labels");
  if (CHANGES_COMPOSER.test(name)) again("composer");
}

/** Rings and the composer's "time left" follow the row; a composer whose window opened or closed is fetched. */
function showWindow({ windowExpiresAt, unread }) {
  const shown = document.getElementById("conversation");
  const composer = document.getElementById("composer");
  shown.dataset.unread = unread;
  const moved = [...shown.querySelectorAll("[data-closes]")].filter((one) => one.dataset.closes !== windowExpiresAt);
  if (!moved.length && composer?.dataset.state !== "closed") return;
  for (const one of moved) one.dataset.closes = windowExpiresAt;
  refresh(shown);
  if (composer?.dataset.state === "closed" && Date.parse(windowExpiresAt) > Date.now()) {
    for (const id of ["composer", "thread-head", "contact-details"]) again(id);
  }
}

// The customer's name and consents may be others now; a burst of messages is asked about once.
const wrote = calmly(() => again("contact-details"), DETAILS_MS);

const due = new Set();

function isInHand(part) {
  return isPressed(part) || part.querySelector("details.menu[open]") !== null;
}

/** Fetch a part again, once for all that was told in one go. */
function again(id) {
  due.add(id);
  queueMicrotask(fetchDue); // finds nothing left to do but the first time
}

function fetchDue() {
  for (const id of due) {
    const part = document.getElementById(id);
    if (part && isInHand(part)) continue; // when the hand is gone
    due.delete(id);
    if (part) fetchAgain(part);
  }
}

for (const name of ["menu:closed", "hand:released"]) document.addEventListener(name, fetchDue);

// What was asked for before the hand came waits like what was not. The person's blocks open their menu again.
document.addEventListener("htmx:before:swap", (event) => {
  const { target } = event.detail.ctx;
  const waits = target?.id === "thread-head" ? isInHand(target) : WAITS.has(target?.id) && isPressed(target);
  if (!waits) return;
  event.preventDefault();
  due.add(target.id);
});

document.addEventListener("conversation:shown", replayRecent);
