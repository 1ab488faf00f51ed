// A reply that crossed with a colleague's: remembers what was on screen when the text was begun, and posts it along.
// The server refuses what a colleague was faster with; the words stay, and the agent discards them or sends anyway.

import { openConversation } from "./thread.js";

let begun = ""; // ids of the newest messages that were on screen, of the conversation in `of`
let of = "";
let anyway = false;
let filled = false; // whether the field held text at its last change

/** The last message and the last one of ours, whichever the server stored later. */
function onScreen() {
  const messages = [...document.querySelectorAll('#items > article[id^="message-"], #items > .album-set article[id^="message-"]')];
  const last = messages.at(-1);
  const ours = messages.findLast((one) => one.dataset.direction === "outbound");
  return [...new Set([last, ours].filter(Boolean).map((one) => one.dataset.item))].join(" ");
}

function begin() {
  begun = onScreen();
  of = openConversation();
}

/** What a reply posts along; the next text begins anew. */
export function crossingFields() {
  filled = false;
  if (of !== openConversation()) begin();
  const fields = anyway ? { after: begun, crossed_ok: "on" } : { after: begun };
  if (anyway) {
    show(false);
    begun = "";
    of = "";
  }
  anyway = false;
  return fields;
}

/** Take a refusal: was a colleague faster? Then it is said here, and true. */
export function crossed(error, entry) {
  if (error.code !== "crossed") return false;
  entry.fields.crossed_ok = "on"; // a bubble that stays, with its file, goes by "try again"
  filled = true;
  document.querySelector("#crossed b").textContent = error.message;
  show(true);
  return true;
}

function show(isCrossed) {
  const notice = document.getElementById("crossed");
  const form = document.getElementById("reply-form");
  if (!notice || !form) return;
  notice.hidden = !isCrossed;
  const submit = form.querySelector('.compose-tools [type="submit"]');
  submit.hidden = isCrossed;
  for (const button of form.querySelectorAll("[data-send-anyway], [data-discard-reply]")) button.remove();
  if (isCrossed) submit.after(document.getElementById("crossed-buttons").content.cloneNode(true));
}

document.addEventListener("input", ({ target }) => {
  if (target.id !== "reply-text") return;
  if (of !== openConversation() || !filled) begin();
  filled = Boolean(target.value);
  if (!filled) show(false);
});

document.addEventListener("click", ({ target }) => {
  const form = document.getElementById("reply-form");
  if (target.closest("[data-send-anyway]")) {
    anyway = true;
    form.requestSubmit(form.querySelector('[type="submit"]'));
  } else if (target.closest("[data-discard-reply]")) {
    const field = form.elements.text;
    field.value = "";
    field.dispatchEvent(new Event("input", { bubbles: true }));
    show(false);
    field.focus();
  }
});

document.addEventListener("conversation:shown", () => {
  begin();
  filled = Boolean(document.getElementById("reply-text")?.value); // a draft
});
document.addEventListener("item:arrived", () => {
  if (!document.getElementById("reply-text")?.value) begin(); // what I sent is on screen
});
begin();
