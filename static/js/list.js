// The list: opens conversations beside it without loading the page, marks the open one, gives the phone its way back.
// The URL always names what is on screen, so reload, back and a sent link work.

import { calmly } from "./calm.js";
import { element, get, post } from "./http.js";
import { begin, openConversation } from "./thread.js";
import { drawSla } from "./live/sla.js";
import { refresh } from "./time.js";
import { drawUnread, ownUnread } from "./unread.js";

const panes = document.querySelector("main.panes");
const PATH = /^\/conversations\/([0-9a-f-]{36})\/$/;

/** Mark the row of the open conversation; rows come and go, so ask again after each change. */
function markOpen() {
  const open = openConversation();
  for (const row of document.querySelectorAll("#rows > [data-conversation]")) {
    const link = row.querySelector(".conv");
    if (row.dataset.conversation === open) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

const READ_MS = 1_000;

async function tellRead({ keepalive = false } = {}) {
  const shown = document.getElementById("conversation");
  if (!shown?.dataset.conversation || document.hidden) return;
  const row = document.getElementById(`conversation-${shown.dataset.conversation}`);
  if (shown.dataset.unread === "0" && !(row && ownUnread(row))) return;
  if (!document.getElementById("items").checkVisibility()) return; // a phone that shows the list
  if (document.body.classList.contains("role-read_only")) return;
  shown.dataset.unread = "0";
  await post(shown.dataset.readUrl, {}, { keepalive }).catch(() => { shown.dataset.unread = "1"; });
}

/** Tell the server that the open thread is on screen, when there is something unread and somebody looks. */
export const markRead = calmly(tellRead, READ_MS);

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
  tellRead(); // what is left before its second is over
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
  const keep = event.target.closest("a[data-keep-path]");
  if (keep) {
    event.preventDefault(); // another list beside the conversation that is open
    location.assign(location.pathname + new URL(keep.href).search);
    return;
  }
  const row = event.target.closest("a.conv, a.past, a.past-link");
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
addEventListener("pagehide", () => { tellRead({ keepalive: true }); });
document.addEventListener("thread:newest", () => show(`/conversations/${openConversation()}/`, { push: false }));

const rows = document.getElementById("rows");
new MutationObserver(() => {
  markOpen();
  refresh(rows);
  for (const row of rows.querySelectorAll(":scope > [data-conversation]")) drawUnread(row);
  drawSla(rows);
}).observe(rows, { childList: true });

if (openConversation()) arrived();
else markOpen();
