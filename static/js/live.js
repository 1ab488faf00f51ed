// Live updates: takes what /ws/inbox/ tells and hands it to list, thread and counts. After a loss the server tells
// what was missed before it says "hello"; when that is too much it says "reload".

import { element } from "./http.js";
import { show } from "./list.js";
import { openConversation } from "./thread.js";
import { Connection } from "./live/connection.js";
import { countEvent, refreshCounts } from "./live/counts.js";
import { drawLine, onTryNow, sayBack, sayLost } from "./live/news.js";
import { placeRow, removeRow } from "./live/rows.js";
import { takeEvent } from "./live/thread.js";
import { inMyZone } from "./live/zone.js";

const missed = { messages: 0, conversations: new Set(), first: "" };

const takers = {
  event(frame) {
    frame.html = inMyZone(frame.html);
    if (connection.state !== "back" && frame.name === "message.received") {
      missed.messages += 1;
      missed.conversations.add(frame.conversation);
      if (frame.conversation === openConversation()) missed.first ||= element(frame.html.item ?? "")?.id ?? "";
    }
    takeEvent(frame);
    if (frame.html.row) placeRow(frame.html.row, frame);
    countEvent(frame);
  },
  "conversation.removed"(frame) {
    removeRow(frame.conversation);
    refreshCounts();
    if (frame.conversation === openConversation()) location.assign(`/${location.search}`);
  },
  reload,
  hello() {
    document.dispatchEvent(new CustomEvent("live:back"));
  },
};

/** What is not about list or thread (who is here, the bell) is for whoever listens: "told:watching", "told:notification". */
function announce(frame) {
  document.dispatchEvent(new CustomEvent(`told:${frame.type}`, { detail: frame }));
}

/** Too much has happened to tell one by one: fetch the list and the open conversation. */
async function reload() {
  const search = document.querySelector(".list-search");
  window.htmx.trigger(search, "submit");
  refreshCounts();
  if (openConversation()) {
    const focused = document.activeElement.id;
    await show(`/conversations/${openConversation()}/`, { push: false });
    if (focused) document.getElementById(focused)?.focus();
  }
}

function say(state) {
  document.documentElement.dataset.live = state;
  if (state !== "back") {
    sayLost(state);
    if (state === "lost") document.dispatchEvent(new CustomEvent("live:lost"));
    return;
  }
  sayBack(missed.messages, missed.conversations);
  drawLine(missed.first);
  Object.assign(missed, { messages: 0, first: "" });
  missed.conversations.clear();
  refreshCounts();
}

const connection = new Connection("/ws/inbox/", Number(document.body.dataset.sequence), {
  onFrame: (frame) => (takers[frame.type] ?? announce)(frame),
  onState: say,
});

// A notification was clicked, in the page or on the desktop.
document.addEventListener("conversation:wanted", (event) => {
  event.preventDefault();
  show(`/conversations/${event.detail}/`);
});
navigator.serviceWorker?.addEventListener("message", ({ data }) => {
  if (/^\/conversations\/[0-9a-f-]{36}\/$/.test(data?.open)) show(data.open);
});
document.addEventListener("live:say", ({ detail }) => connection.say(detail));
onTryNow(() => connection.tryNow());
