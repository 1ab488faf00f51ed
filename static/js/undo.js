// What was just sent waits a few seconds: the bar counts them, its button, Z outside of fields or Ctrl-Z in an empty
// field takes it back. Also for what was planned for later, and a word when the customer has written since.

import { fillReply, say } from "./composer.js";
import { Refusal, element, post } from "./http.js";
import { t } from "./strings.js";
import { place } from "./thread.js";
import { now } from "./time.js";

const STEP_MS = 250;
const { agent } = document.body.dataset;
const kept = new Set(); // planned messages that shall go although the customer has written since
let timer = 0;

/** My newest message that still waits to be taken back. */
function held() {
  const mine = document.querySelectorAll(`#items > [data-held][data-author="${agent}"]`);
  return [...mine].findLast((item) => Date.parse(item.dataset.leavesAt) > now());
}

function bar() {
  const there = document.getElementById("undo");
  const place = document.querySelector("[data-undo-place]");
  if (there || !place) return there;
  place.append(document.getElementById("undo-bar").content.cloneNode(true));
  return document.getElementById("undo");
}

function tick() {
  const item = held();
  const box = item ? bar() : document.getElementById("undo");
  if (box) box.hidden = !item;
  if (!item || !box) {
    clearInterval(timer);
    timer = 0;
    return;
  }
  const ends = Date.parse(item.dataset.leavesAt);
  const whole = Math.max(1, ends - Date.parse(item.dataset.at));
  const seconds = Math.max(1, Math.min(Math.ceil((ends - now()) / 1000), Math.round(whole / 1000)));
  const words = box.querySelector("[data-undo-words]");
  const said = seconds === 1 ? t("leaves_in_one") : t("leaves_in", { seconds });
  if (words.textContent !== said) words.textContent = said;
  words.setAttribute("aria-live", box.dataset.said === item.id ? "off" : "polite"); // said once, not each second
  box.dataset.said = item.id;
  box.querySelector("progress").value = Math.min(100, Math.max(0, 100 - ((ends - now()) / whole) * 100));
}

function look() {
  if (!timer && held()) timer = setInterval(tick, STEP_MS);
  tick();
  for (const item of document.querySelectorAll(`#items > [data-leaves-at][data-author="${agent}"]:not([data-held])`)) mention(item);
}

/** The customer has written since this was planned. */
function mention(item) {
  const planned = Math.floor(Date.parse(item.dataset.at) / 1000) * 1000; // WhatsApp's times are whole seconds
  const since = [...document.querySelectorAll('#items > [data-direction="inbound"]')]
    .some((other) => Date.parse(other.dataset.at) >= planned);
  const there = item.querySelector("[data-since]");
  if (since && !there && !kept.has(item.id)) item.append(document.getElementById("written-since").content.cloneNode(true));
  if (there && (!since || kept.has(item.id))) there.remove();
}

async function recall(item) {
  if (!item || item.dataset.recalling) return;
  item.dataset.recalling = "true";
  const answered = document.getElementById("conversation").dataset.conversation;
  try {
    const { bubble, ...words } = await (await post(item.dataset.recall)).json();
    if (document.getElementById("conversation")?.dataset.conversation !== answered) return;
    place(element(bubble));
    fillReply(words);
    say("");
  } catch (error) {
    delete item.dataset.recalling;
    if (!(error instanceof Refusal)) throw error;
    say(error.message || t(error.offline ? "not_reached" : "went_wrong"));
  }
  look();
}

document.addEventListener("click", (event) => {
  const planned = event.target.closest("[data-recall-this]");
  const keep = event.target.closest("[data-since-keep]");
  if (event.target.closest("[data-undo]")) recall(held());
  if (planned) recall(planned.closest("article"));
  if (!keep) return;
  kept.add(keep.closest("article").id);
  look();
});

document.addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() !== "z" || event.altKey || event.shiftKey || event.repeat) return;
  if (document.querySelector("dialog[open]") || !held()) return;
  const field = event.target.closest("input, textarea, select, [contenteditable]");
  const isCtrl = event.ctrlKey || event.metaKey;
  // In a field Z is a letter; an empty field has nothing else to undo.
  if (field ? !(isCtrl && field.matches("#composer textarea") && !field.value) : isCtrl) return;
  event.preventDefault();
  recall(held());
});

const watcher = new MutationObserver(look);

function watch() {
  watcher.disconnect();
  const box = document.getElementById("items");
  if (box) watcher.observe(box, { childList: true });
  look();
}

document.addEventListener("conversation:shown", watch);
document.addEventListener("htmx:after:swap", look); // the composer came anew, without its bar
watch();
