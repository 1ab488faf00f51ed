// The list: opens conversations beside it without loading the page, marks the open one, gives the phone its way back.
// The URL always names what is on screen, so reload, back and a sent link work.

import { element, get, post } from "./http.js";
import { begin, openConversation } from "./thread.js";
import { refresh } from "./time.js";

const panes = document.querySelector("main.panes");
const PATH = /^\/conversations\/([0-9a-f-]{36})\/$/;

/** Mark the row of the open conversation; rows come and go, so ask again after each change. */
export function markOpen() {
  const open = openConversation();
  for (const row of document.querySelectorAll("#rows > [data-conversation]")) {
    const link = row.querySelector(".conv");
    if (row.dataset.conversation === open) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

/** Tell the server that the open thread is on screen, when there is something unread and somebody looks. */
export async function markRead() {
  const shown = document.getElementById("conversation");
  if (!shown?.dataset.conversation || shown.dataset.unread === "0" || document.hidden) return;
  if (!document.getElementById("items").checkVisibility()) return; // a phone that shows the list
  if (document.body.classList.contains("role-read_only")) return;
  shown.dataset.unread = "0";
  await post(shown.dataset.readUrl).catch(() => { shown.dataset.unread = "1"; });
}

let wanted = "";

/** Show the conversation at `path`, and put it into the history unless it comes from there. */
export async function show(path, { push = true } = {}) {
  const url = path + location.search;
  wanted = path;
  let html;
  try {
    html = await (await get(url, { "HX-Request": "true" })).text();
  } catch (refusal) {
    if (refusal.status === 404) location.assign(`/${location.search}`); // handed over meanwhile
    return; // no connection: the line at the top says so, the row can be clicked again
  }
  if (wanted !== path) return; // the hand was faster than the network
  const shown = element(html);
  document.getElementById("conversation").replaceWith(shown);
  window.htmx.process(shown);
  if (push) history.pushState({ inbox: true }, "", url);
  document.title = document.title.replace(/^(\(\d+\) )?[^·]*/, `$1${shown.dataset.name} `);
  // A list that is only brought up to date behind a phone's list must not come to the front.
  if (push || location.pathname === path) panes.classList.add("show-thread");
  arrived();
}

function arrived() {
  markOpen();
  begin();
  markRead();
  document.dispatchEvent(new CustomEvent("conversation:shown", { detail: { id: openConversation() } }));
}

function backToList() {
  if (location.hash) location.replace("#"); // pushState alone leaves :target as it was
  history.pushState({ inbox: true }, "", `/${location.search}`);
  panes.classList.remove("show-thread");
}

document.addEventListener("click", (event) => {
  if (event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
  const row = event.target.closest("a.conv, a.past");
  if (row) {
    event.preventDefault();
    show(new URL(row.href).pathname);
  } else if (event.target.closest("[data-back]")) {
    event.preventDefault();
    backToList();
  }
});

addEventListener("popstate", () => {
  const found = PATH.exec(location.pathname);
  if (!found) panes.classList.remove("show-thread");
  else if (found[1] === openConversation()) {
    panes.classList.add("show-thread");
    markRead(); // what came while the list was in front
  } else show(location.pathname, { push: false });
});

document.addEventListener("visibilitychange", markRead);

const rows = document.getElementById("rows");
new MutationObserver(() => {
  markOpen();
  refresh(rows);
}).observe(rows, { childList: true });

if (openConversation()) arrived();
else markOpen();
