// What comes in while a conversation is open, said to those who listen: one message with its words, a burst as a
// number, and never more often than every few seconds. The thread itself is silent (aria-live="off").

import { t } from "./strings.js";

const PAUSE_MS = 4000;
const GATHER_MS = 600;
const LONGEST = 200;
let waiting = [];
let timer = null;
let saidAt = 0;

function say() {
  timer = null;
  const region = document.getElementById("heard");
  const came = waiting.filter((item) => item.isConnected);
  waiting = [];
  if (!region || !came.length) return;
  saidAt = Date.now();
  const name = document.querySelector("#thread-head h2")?.textContent.trim() ?? "";
  const words = came[0].querySelector(".text")?.textContent.trim().slice(0, LONGEST);
  region.textContent = came.length > 1 ? t("many_new", { count: came.length })
    : [name, words || t("one_new")].filter(Boolean).join(": ");
}

/** `item` has come in; what the agent wrote is known to them. */
export function hear(item) {
  if (item.dataset.direction !== "inbound") return;
  waiting.push(item);
  timer ??= setTimeout(say, Math.max(GATHER_MS, saidAt + PAUSE_MS - Date.now()));
}
