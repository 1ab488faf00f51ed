// Live updates: takes what /ws/inbox/ tells and hands it to list, thread and counts. After a loss the server tells
// what was missed before it says "hello"; when that is too much it says "reload".

import { show } from "./list.js";
import { openConversation } from "./thread.js";
import { Connection } from "./live/connection.js";
import { countEvent, refreshCounts } from "./live/counts.js";
import { onTryNow, sayBack, sayLost } from "./live/news.js";
import { placeRow, removeRow } from "./live/rows.js";
import { takeEvent } from "./live/thread.js";

const missed = { messages: 0, conversations: new Set() };

const takers = {
  event(frame) {
    if (connection.state !== "back" && frame.name === "message.received") {
      missed.messages += 1;
      missed.conversations.add(frame.conversation);
    }
    takeEvent(frame);
    if (frame.html.row) placeRow(frame.html.row);
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
    return;
  }
  sayBack(missed.messages, missed.conversations.size);
  missed.messages = 0;
  missed.conversations.clear();
  refreshCounts();
}

const connection = new Connection("/ws/inbox/", Number(document.body.dataset.sequence), {
  onFrame: (frame) => takers[frame.type]?.(frame),
  onState: say,
});

onTryNow(() => connection.tryNow());
