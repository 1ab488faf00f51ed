// The line at the top: offline at once, what was new when the connection is back, signed out.
// The lines stand in templates/inbox/connection.html. What came meanwhile stays marked in the list, and the line
// stays, until every one of those conversations has been opened or the reader closes it.

import { t } from "../strings.js";
import { openConversation } from "../thread.js";

const SHOWN_MS = 8_000;
const news = document.getElementById("news");
const back = news.querySelector('[data-news="back"]');
const next = back.querySelector("[data-show-missed]");
const list = document.getElementById("rows");
const unseen = new Set(); // conversations that wrote while we were away
let timer;

function show(state) {
  clearTimeout(timer);
  for (const line of news.children) line.hidden = line.dataset.news !== state;
}

/** The connection is lost, or the session ended. */
export function sayLost(state) {
  show(state);
}

/** The connection is back; so many messages of these `conversations` (a set) came meanwhile. */
export function sayBack(messages, conversations) {
  const many = conversations.size;
  let words = t("back");
  if (messages === 1) words = t("back_one");
  else if (messages) words = many === 1 ? t("back_many_of_one", { messages }) : t("back_many", { messages, conversations: many });
  back.querySelector("span").textContent = words;
  for (const conversation of conversations) if (conversation !== openConversation()) unseen.add(conversation);
  show("back");
  draw();
  if (!unseen.size) timer = setTimeout(() => show(""), SHOWN_MS);
}

function draw() {
  next.hidden = !unseen.size;
  next.textContent = unseen.size > 1 ? t("show_next") : t("show_it");
  for (const row of list?.querySelectorAll(":scope > [data-conversation]") ?? []) {
    row.toggleAttribute("data-missed", unseen.has(row.dataset.conversation));
  }
}

/** What came while we were away begins at the item `id` of the open thread. */
export function drawLine(id) {
  const first = id && document.getElementById(id);
  if (!first) return;
  document.querySelector("#items > [data-while-away]")?.remove();
  const line = document.createElement("div");
  line.className = "unread-line";
  line.dataset.whileAway = "true";
  line.textContent = t("while_away");
  first.before(line);
}

function end() {
  unseen.clear();
  draw();
  if (!back.hidden) show("");
}

document.addEventListener("conversation:shown", () => {
  if (!unseen.delete(openConversation())) return;
  draw();
  if (!unseen.size) end();
});
next.addEventListener("click", () => {
  // In the order of the list, then those that stand in another view.
  const first = list?.querySelector(":scope > [data-missed]")?.dataset.conversation ?? [...unseen][0];
  document.dispatchEvent(new CustomEvent("conversation:wanted", { detail: first, cancelable: true }));
});
news.querySelector("[data-news-end]").addEventListener("click", end);
if (list) new MutationObserver(() => unseen.size && draw()).observe(list, { childList: true });

/** Call `tryNow` when the reader does not want to wait. */
export function onTryNow(tryNow) {
  news.querySelector('[data-news="lost"] button').addEventListener("click", tryNow);
}
