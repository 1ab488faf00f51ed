// The line at the top: offline at once, what was new when the connection is back, signed out.
// The words stand in templates/inbox/connection.html; only numbers are filled in here.

import { t } from "../strings.js";

const SHOWN_MS = 8_000;
const news = document.getElementById("news");
let timer;

function show(template) {
  clearTimeout(timer);
  news.replaceChildren(document.getElementById(template).content.cloneNode(true));
}

/** The connection is lost; `tryNow` is called by the button. */
export function sayOffline(tryNow) {
  show("line-offline");
  news.querySelector("button").addEventListener("click", tryNow);
}

/** The connection is back; so many messages of so many conversations came meanwhile. */
export function sayBack(messages, conversations) {
  show("line-back");
  let words = t("back");
  if (messages === 1) words = t("back_one");
  else if (messages) words = conversations === 1 ? t("back_many_of_one", { messages }) : t("back_many", { messages, conversations });
  news.querySelector("span").textContent = words;
  timer = setTimeout(() => news.replaceChildren(), SHOWN_MS);
}

export function saySignedOut() {
  show("line-signed-out");
}
