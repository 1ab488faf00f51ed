// The open thread: stays at its end while it is there, grows upwards without a jump, keeps its day lines right.
// live.js and composer.js put items in through place(); nobody else touches the order.

import { group } from "./albums.js";
import { unlinkPast } from "./past.js";
import { element, get } from "./http.js";
import { isPressed } from "./hand.js";
import { hear } from "./heard.js";
import { glide } from "./live/glide.js";
import { moment, refresh, serverIso } from "./time.js";
import { t } from "./strings.js";

const NEAR_END = 80; // px
const MOST_ITEMS = 400;
const KEPT_ITEMS = 200;
const BURST_MS = 600; // what follows closer than this is not glided to: nobody could follow it
const held = []; // items that wait until the pointer is up, each with its thread
let placedAt = 0;
let unseen = 0;

/** The box that scrolls, or null when no conversation is open. */
export function thread() {
  return document.getElementById("items");
}

/** The id of the open conversation, or "". */
export function openConversation() {
  return document.getElementById("conversation")?.dataset.conversation ?? "";
}

/** The mark behind which newer items are not loaded yet, after a jump into the past; else null. */
function later(box = thread()) {
  return box?.querySelector(":scope > .later") ?? null;
}

/** Whether the reader sees the newest item. */
function isAtEnd(box = thread()) {
  return Boolean(box) && !later(box) && box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_END;
}

function scrollToEnd(box = thread()) {
  if (later(box)) return toNewest();
  if (box) box.scrollTop = box.scrollHeight;
  showUnseen(0);
}

function showUnseen(count) {
  unseen = count;
  const button = document.getElementById("new-below");
  if (!button) return;
  button.hidden = count === 0;
  if (later()) document.getElementById("to-newest").hidden = count > 0; // one button down is enough
  button.querySelector("span").textContent = count === 1 ? t("one_new") : t("many_new", { count });
}

/**
 * Put an item (bubble, note, event) where it belongs: over its older self or its optimistic twin, else by time.
 * The reader's place stays, unless they were at the end or wrote it themselves (`follow`). What a pointer is down on
 * stays, too: what comes from others waits until it is up.
 */
export function place(item, { follow = false } = {}) {
  const box = thread();
  if (!box) return;
  if (!follow && isPressed(box)) {
    held.push({ box, item });
    return;
  }
  const atEnd = isAtEnd(box);
  const twin = document.getElementById(item.id)
    ?? (item.dataset.clientUuid && box.querySelector(`:scope > [data-client-uuid="${item.dataset.clientUuid}"]`));
  if (Number(twin?.dataset.version) > Number(item.dataset.version)) return; // the answer to a post, overtaken
  if (!twin && isBeforeLoaded(box, item)) return; // comes with the history
  if (!twin && isAfterLoaded(box, item)) { // comes when the reader gets there
    if (follow) toNewest();
    else if (item.dataset.direction !== "outbound") showUnseen(unseen + 1);
    return;
  }
  const isBurst = performance.now() - placedAt < BURST_MS;
  placedAt = performance.now();
  const put = () => putIn(box, item, twin, { atEnd, follow });
  if (atEnd && isBurst) put();
  else glide(box, box, put);
}

document.addEventListener("hand:released", () => {
  for (const { box, item } of held.splice(0)) if (box === thread()) place(item);
});

function putIn(box, item, twin, { atEnd, follow }) {
  if (twin) {
    item.classList.toggle("found", twin.classList.contains("found"));
    twin.replaceWith(item);
    if (twin.dataset.pending && !item.dataset.pending) {
      document.dispatchEvent(new CustomEvent("item:arrived", { detail: { clientUuid: twin.dataset.clientUuid } }));
    }
    arrange(box); // its time may have changed from ours to the server's
  } else {
    insertByTime(box, item);
    hear(item);
    if (!atEnd && !follow && item.dataset.direction !== "outbound") showUnseen(unseen + 1);
  }
  dayLines(box);
  group(box);
  unlinkPast(box);
  refresh(item);
  if (atEnd) forgetOldest(box);
  if (atEnd || follow) scrollToEnd(box);
}

/** A tab that is open all day does not grow for ever: what was said long before comes again by scrolling up. */
function forgetOldest(box) {
  const items = [...box.querySelectorAll(":scope > [data-at]")];
  if (items.length <= MOST_ITEMS) return;
  const first = items.slice(-KEPT_ITEMS).find((item) => item.id.startsWith("message-") && !item.dataset.pending);
  if (!first) return;
  while (box.firstElementChild !== first) box.firstElementChild.remove();
  const sentinel = element('<div class="earlier"></div>');
  sentinel.dataset.earlier = `${first.dataset.at}~${first.dataset.item}`;
  box.prepend(sentinel);
  dayLines(box);
  watchTop(box);
}

function isBeforeLoaded(box, item) {
  const first = box.querySelector(":scope > [data-at]");
  return Boolean(first && box.querySelector(":scope > .earlier")) && isBefore(item, first);
}

function isAfterLoaded(box, item) {
  const last = [...box.querySelectorAll(":scope > [data-at]")].at(-1);
  return Boolean(last && later(box)) && !isBefore(item, last);
}

/** By time, then (WhatsApp's clock has seconds) by id, as `thread_items()` in conversations/selectors.py has it. */
function isBefore(one, other) {
  const apart = moment(one.dataset.at) - moment(other.dataset.at);
  return apart ? apart < 0 : one.dataset.item < other.dataset.item;
}

function insertByTime(box, item) {
  const items = [...box.querySelectorAll(":scope > [data-at]")];
  const later = items.reverse().find((other) => !isBefore(item, other) && (item.dataset.pending || !other.dataset.pending));
  if (later) later.after(item);
  else if (items.length) items[items.length - 1].before(item);
  else box.append(item);
}

function arrange(box) {
  const items = [...box.querySelectorAll(":scope > [data-at]")];
  items.forEach((item, place) => {
    if (place && isBefore(item, items[place - 1])) {
      item.remove();
      insertByTime(box, item);
    }
  });
}

/** One line where a day begins, none where it does not. Times carry the server's zone, so days are its days. */
function dayLines(box) {
  let day = "";
  for (const child of [...box.children]) {
    if (child.dataset.day) {
      const next = nextItem(child);
      if (child.dataset.day === day || !next || next.dataset.at.slice(0, 10) !== child.dataset.day) child.remove();
      else day = child.dataset.day;
    } else if (child.dataset.at && child.dataset.at.slice(0, 10) !== day) {
      day = child.dataset.at.slice(0, 10);
      const line = element(`<div class="day" data-day="${day}"></div>`);
      line.textContent = day === serverIso().slice(0, 10)
        ? t("today")
        : new Intl.DateTimeFormat(document.documentElement.lang, { weekday: "long", day: "numeric", month: "long" })
          .format(new Date(`${day}T12:00:00`));
      child.before(line);
    }
  }
}

function nextItem(line) {
  let next = line.nextElementSibling;
  while (next && !next.dataset.at) {
    if (next.dataset.day) return null;
    next = next.nextElementSibling;
  }
  return next;
}

// -- History: fetched before the reader reaches the top --------------------------------------------

const watcher = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    if (entry.isIntersecting) (entry.target.dataset.later ? loadLater : loadEarlier)(entry.target);
  }
}, { rootMargin: "600px 0px 600px 0px" });

/** After a jump into the past: what follows, put in below, so that nothing moves. */
async function loadLater(sentinel) {
  watcher.unobserve(sentinel);
  const box = thread();
  try {
    const url = `${box.dataset.historyUrl}?from=${encodeURIComponent(sentinel.dataset.later)}`;
    const html = await (await get(url)).text();
    if (!sentinel.isConnected) return;
    putInPlaceOf(sentinel, html);
    dayLines(box);
    group(box);
    unlinkPast(box);
    document.getElementById("to-newest").hidden = !later(box);
    watchEnds(box);
  } catch {
    setTimeout(() => sentinel.isConnected && watcher.observe(sentinel), 5000);
  }
}

function putInPlaceOf(sentinel, html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  for (const item of template.content.querySelectorAll("[data-at]")) {
    if (document.getElementById(item.id)) item.remove();
  }
  sentinel.replaceWith(template.content);
}

/** Open the conversation anew, at its end. */
function toNewest() {
  forgetPlace();
  document.dispatchEvent(new CustomEvent("thread:newest"));
}

async function loadEarlier(sentinel) {
  watcher.unobserve(sentinel);
  const box = thread();
  try {
    const url = `${box.dataset.historyUrl}?before=${encodeURIComponent(sentinel.dataset.earlier)}`;
    const html = await (await get(url)).text();
    if (!sentinel.isConnected) return;
    const fromEnd = box.scrollHeight - box.scrollTop;
    putInPlaceOf(sentinel, html);
    dayLines(box);
    group(box);
    unlinkPast(box);
    box.scrollTop = box.scrollHeight - fromEnd;
    watchEnds(box);
  } catch {
    setTimeout(() => sentinel.isConnected && watcher.observe(sentinel), 5000);
  }
}

function watchEnds(box) {
  for (const sentinel of box.querySelectorAll(":scope > .earlier, :scope > .later")) watcher.observe(sentinel);
}

/** A conversation has come onto the screen. */
export function begin() {
  const box = thread();
  unseen = 0;
  if (!box) return;
  refresh(document.getElementById("conversation"));
  group(box);
  unlinkPast(box);
  const unread = box.querySelector(".unread-line");
  const wanted = box.dataset.shown && document.getElementById(box.dataset.shown);
  if (wanted) reveal(wanted);
  else if (location.search.includes("at=")) forgetPlace();
  if (unread) unread.scrollIntoView({ block: "center" });
  if (wanted) { /* stays there */ } else if (!unread || box.scrollHeight - unread.offsetTop < box.clientHeight) scrollToEnd(box);
  watchEnds(box);
  let atEnd = isAtEnd(box);
  box.addEventListener("scroll", () => {
    atEnd = isAtEnd(box);
    if (atEnd && unseen) showUnseen(0);
  }, { passive: true });
  // A growing composer or a turned phone leaves the reader at the end where they were.
  new ResizeObserver(() => atEnd && scrollToEnd(box)).observe(box);
}

/** The address names an item of another conversation, or one that is gone. */
function forgetPlace() {
  const url = new URL(location.href);
  url.searchParams.delete("at");
  history.replaceState(history.state, "", url);
}

document.addEventListener("click", async (event) => {
  if (event.target.closest("#new-below, #to-newest")) scrollToEnd();
  const quote = event.target.closest("[data-quote]");
  if (!quote) return;
  event.preventDefault();
  await showItem(`message-${quote.dataset.quote}`);
});

/** Scroll to an item; one that is not loaded yet is jumped to with what is around it. */
export async function showItem(id) {
  if (!document.getElementById(id)) {
    const box = thread();
    const name = id.startsWith("event-") ? id : id.replace(/^(message|note)-/, "");
    let html;
    try {
      html = await (await get(`${box.dataset.historyUrl}?around=${encodeURIComponent(name)}`)).text();
    } catch {
      return;
    }
    if (!box.isConnected || document.getElementById(id)) return;
    box.innerHTML = html;
    dayLines(box);
    group(box);
    unlinkPast(box);
    refresh(box);
    document.getElementById("to-newest").hidden = !later(box);
    watchEnds(box);
  }
  reveal(document.getElementById(id));
}

function reveal(item) {
  const id = item?.id;
  item?.closest(".album-set")?.classList.add("open");
  item?.scrollIntoView({ block: "center" });
  item?.classList.add("found");
  setTimeout(() => document.getElementById(id)?.classList.remove("found"), 1600);
}
