// The open thread: stays at its end while it is there, grows upwards without a jump, keeps its day lines right.
// live.js and composer.js put items in through place(); nobody else touches the order.

import { group } from "./albums.js";
import { element, get } from "./http.js";
import { moment, refresh, serverIso } from "./time.js";
import { t } from "./strings.js";

const NEAR_END = 80; // px
let unseen = 0;

/** The box that scrolls, or null when no conversation is open. */
export function thread() {
  return document.getElementById("items");
}

/** The id of the open conversation, or "". */
export function openConversation() {
  return document.getElementById("conversation")?.dataset.conversation ?? "";
}

/** Whether the reader sees the newest item. */
export function isAtEnd(box = thread()) {
  return Boolean(box) && box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_END;
}

export function scrollToEnd(box = thread()) {
  if (box) box.scrollTop = box.scrollHeight;
  showUnseen(0);
}

function showUnseen(count) {
  unseen = count;
  const button = document.getElementById("new-below");
  if (!button) return;
  button.hidden = count === 0;
  button.querySelector("span").textContent = count === 1 ? t("one_new") : t("many_new", { count });
}

/**
 * Put an item (bubble, note, event) where it belongs: over its older self or its optimistic twin, else by time.
 * The reader's place stays, unless they were at the end or wrote it themselves (`follow`).
 */
export function place(item, { follow = false } = {}) {
  const box = thread();
  if (!box) return;
  const atEnd = isAtEnd(box);
  const twin = document.getElementById(item.id)
    ?? (item.dataset.clientUuid && box.querySelector(`:scope > [data-client-uuid="${item.dataset.clientUuid}"]`));
  if (Number(twin?.dataset.version) > Number(item.dataset.version)) return; // the answer to a post, overtaken
  if (!twin && isBeforeLoaded(box, item)) return; // comes with the history
  if (twin) {
    item.classList.toggle("found", twin.classList.contains("found"));
    twin.replaceWith(item);
    if (twin.dataset.pending && !item.dataset.pending) {
      document.dispatchEvent(new CustomEvent("item:arrived", { detail: { clientUuid: twin.dataset.clientUuid } }));
    }
    arrange(box); // its time may have changed from ours to the server's
  } else {
    insertByTime(box, item);
    if (!atEnd && !follow && item.dataset.direction !== "outbound") showUnseen(unseen + 1);
  }
  dayLines(box);
  group(box);
  refresh(item);
  if (atEnd || follow) scrollToEnd(box);
}

function isBeforeLoaded(box, item) {
  const first = box.querySelector(":scope > [data-at]");
  return Boolean(first && box.querySelector(":scope > .earlier")) && isBefore(item, first);
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
  for (const entry of entries) if (entry.isIntersecting) loadEarlier(entry.target);
}, { rootMargin: "600px 0px 0px 0px" });

async function loadEarlier(sentinel) {
  watcher.unobserve(sentinel);
  const box = thread();
  try {
    const url = `${box.dataset.historyUrl}?before=${encodeURIComponent(sentinel.dataset.earlier)}`;
    const html = await (await get(url)).text();
    if (!sentinel.isConnected) return;
    const fromEnd = box.scrollHeight - box.scrollTop;
    const template = document.createElement("template");
    template.innerHTML = html;
    for (const item of template.content.querySelectorAll("[data-at]")) {
      if (document.getElementById(item.id)) item.remove();
    }
    sentinel.replaceWith(template.content);
    dayLines(box);
    group(box);
    box.scrollTop = box.scrollHeight - fromEnd;
    watchTop(box);
  } catch {
    setTimeout(() => sentinel.isConnected && watcher.observe(sentinel), 5000);
  }
}

function watchTop(box) {
  const sentinel = box.querySelector(":scope > .earlier");
  if (sentinel) watcher.observe(sentinel);
}

/** A conversation has come onto the screen. */
export function begin() {
  const box = thread();
  unseen = 0;
  if (!box) return;
  refresh(document.getElementById("conversation"));
  group(box);
  const unread = box.querySelector(".unread-line");
  if (unread) unread.scrollIntoView({ block: "center" });
  if (!unread || box.scrollHeight - unread.offsetTop < box.clientHeight) scrollToEnd(box);
  watchTop(box);
  let atEnd = isAtEnd(box);
  box.addEventListener("scroll", () => {
    atEnd = isAtEnd(box);
    if (atEnd && unseen) showUnseen(0);
  }, { passive: true });
  // A growing composer or a turned phone leaves the reader at the end where they were.
  new ResizeObserver(() => atEnd && scrollToEnd(box)).observe(box);
}

document.addEventListener("click", async (event) => {
  if (event.target.closest("#new-below")) scrollToEnd();
  const quote = event.target.closest("[data-quote]");
  if (!quote) return;
  event.preventDefault();
  await showItem(`message-${quote.dataset.quote}`);
});

/** Scroll to an item, fetching history until it is there (at most 20 pages). */
async function showItem(id) {
  const box = thread();
  for (let page = 0; page < 20 && !document.getElementById(id); page += 1) {
    const sentinel = box.querySelector(":scope > .earlier");
    if (!sentinel) return;
    await loadEarlier(sentinel);
  }
  const item = document.getElementById(id);
  item?.closest(".album-set")?.classList.add("open");
  item?.scrollIntoView({ block: "center" });
  item?.classList.add("found");
  setTimeout(() => document.getElementById(id)?.classList.remove("found"), 1600);
}
