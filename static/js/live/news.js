// The line at the top: offline at once, what was new when the connection is back, signed out.
// The lines stand in templates/inbox/connection.html; only numbers are filled in here.

import { t } from "../strings.js";

const SHOWN_MS = 8_000;
const news = document.getElementById("news");
let timer;

function show(state) {
  clearTimeout(timer);
  for (const line of news.children) line.hidden = line.dataset.news !== state;
}

/** The connection is lost, or the session ended. */
export function sayLost(state) {
  show(state);
}

/** The connection is back; so many messages of so many conversations came meanwhile. */
export function sayBack(messages, conversations) {
  let words = t("back");
  if (messages === 1) words = t("back_one");
  else if (messages) words = conversations === 1 ? t("back_many_of_one", { messages }) : t("back_many", { messages, conversations });
  news.querySelector('[data-news="back"] span').textContent = words;
  show("back");
  timer = setTimeout(() => show(""), SHOWN_MS);
}

/** Call `tryNow` when the reader does not want to wait. */
export function onTryNow(tryNow) {
  news.querySelector("button").addEventListener("click", tryNow);
}
