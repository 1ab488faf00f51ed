// Writing on the phone: text, files, emoji, place, contact, voice; and the message one replies to.

import { attempt, complain, el, facts, own, post, say, t } from "./dom.js";
import { quotedText } from "./bubbles.js";
import { Recorder } from "./recorder.js";

const by = (id) => document.getElementById(id);
const text = by("text");
const file = by("file");
const EMOJI = ["😀", "😅", "😂", "😊", "😍", "🤔", "😢", "😡", "👍", "👎", "🙏", "👋", "🎉", "❤️", "🚆", "🚌", "🚲", "🧳", "🎫", "⏰", "☕", "🌧️", "❓", "✅"];
const SHARED = {
  location: { type: "location", location: { latitude: 54.3146, longitude: 10.1319, name: "Kiel Hbf", address: "Sophienblatt 25, 24114 Kiel" } },
  contacts: { type: "contacts", contacts: [{ name: { formatted_name: "Enno Thomsen", first_name: "Enno", last_name: "Thomsen" }, phones: [{ phone: "+49 151 39200 900", type: "CELL", wa_id: "4915139200900" }] }] },
  sticker: { type: "sticker" },
  order: { type: "order", order: { catalog_id: "710448291375566", text: "", product_items: [{ product_retailer_id: "KUESTENTICKET", quantity: 2, item_price: 29, currency: "EUR" }] } },
};
let quoted = null;
let edited = null;
let wantedKind = "";

/** Reply to `message` with what is sent next; null ends it. */
export function quote(message) {
  quoted = message;
  edited = null;
  by("quoting").hidden = !message;
  by("quote-cancel").setAttribute("aria-label", t("quote_cancel"));
  for (const menu of document.querySelectorAll(".act-menu")) menu.remove();
  if (!message) return;
  by("quoting-who").textContent = message.direction === "inbound" ? t("you") : facts.business;
  const words = message.view?.body ?? message.content.body?.text ?? message.content.body ?? message.content.text ?? message.content.caption ?? "";
  by("quoting-text").textContent = quotedText({ type: message.type, text: String(words) });
  text.focus();
}

/** Change the words of a message of one's own. */
export function edit(message) {
  quote(message);
  quoted = null;
  edited = message;
  by("quoting-who").textContent = t("editing");
  by("quote-cancel").setAttribute("aria-label", t("edit_cancel"));
  text.value = message.type === "text" ? message.content.body : message.content.caption ?? "";
  refresh();
}

/** Send what somebody wrote on, marked as forwarded. */
export function forward(message) {
  const { type, content } = message;
  const known = { text: { text: content.body }, location: { location: content }, contacts: { contacts: content.contacts } }[type];
  attempt(() => say({ type, forwarded: true, ...(known ?? { media_id: content.id, caption: content.caption, filename: content.filename }) }));
}

function reply() {
  const wamid = quoted?.wamid;
  quote(null);
  return wamid ? { reply_to: wamid } : {};
}

/** The microphone turns into the paper plane as soon as there is something to send. */
function refresh() {
  const empty = !text.value.trim();
  by("send").hidden = empty && !recorder.running;
  by("record").hidden = !by("send").hidden;
  by("send").setAttribute("aria-label", t(recorder.running ? "record_stop" : "send"));
}

async function sendText() {
  const words = text.value.trim();
  if (!words) return;
  const changed = edited;
  text.value = "";
  refresh();
  try {
    if (changed) {
      quote(null);
      await say({ type: "edit", message_id: changed.wamid, text: words });
    } else await say({ type: "text", text: words, ...reply() });
  } catch (error) {
    text.value = words;
    refresh();
    complain(error.message);
  }
}

function sendFile(content, kind, more = {}) {
  const form = new FormData();
  for (const [name, value] of Object.entries({ kind, phone_number_id: facts.number, ...more, ...reply() })) form.append(name, value);
  form.append("file", content);
  return attempt(() => post(own("files"), form));
}

by("compose").addEventListener("submit", (event) => {
  event.preventDefault();
  if (recorder.running) recorder.finish();
  else sendText();
});
text.addEventListener("input", refresh);
text.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  sendText();
});
by("quote-cancel").addEventListener("click", () => {
  if (edited) text.value = "";
  quote(null);
  refresh();
});

// --- menus ---

by("emoji-menu").append(...EMOJI.map((emoji) => el("button", { type: "button", "aria-label": emoji, onclick: () => insert(emoji) }, el("span", { class: "e", "aria-hidden": "true" }, emoji))));

function insert(emoji) {
  text.setRangeText(emoji, text.selectionStart, text.selectionEnd, "end");
  text.focus();
  refresh();
}

function closeMenus(but = null) {
  for (const button of document.querySelectorAll("[data-menu]")) {
    const open = button === but && by(button.dataset.menu).hidden;
    by(button.dataset.menu).hidden = !open;
    button.setAttribute("aria-expanded", String(open));
  }
}

document.addEventListener("click", (event) => {
  const target = event.target.closest("button");
  if (target?.dataset.menu) closeMenus(target);
  else if (!event.target.closest("#emoji-menu, #text")) closeMenus();
  if (target?.dataset.share) attempt(() => say({ ...SHARED[target.dataset.share], ...reply() }));
  if (target?.dataset.file) {
    wantedKind = target.dataset.file;
    file.accept = target.dataset.accept;
    file.multiple = "many" in target.dataset;
    file.value = "";
    file.click();
  }
});
document.addEventListener("keydown", (event) => { if (event.key === "Escape") closeMenus(); });

file.addEventListener("change", async () => {
  const contents = [...file.files];
  if (!contents.length) return;
  const caption = text.value.trim();
  if (caption) {
    text.value = "";
    refresh();
  }
  // Several pictures are an album: they go off together, the words stand under the first.
  await Promise.all(contents.map((content, index) => {
    const kind = wantedKind || (content.type.startsWith("image/") ? "image" : "document");
    const sticker = kind === "image" && content.type === "image/webp";
    return sendFile(content, sticker ? "sticker" : kind, { voice: kind === "audio", ...(caption && index === 0 ? { caption } : {}) });
  }));
});

// --- voice ---

const recorder = new Recorder({
  changed(running, seconds) {
    by("recording-row").hidden = !running;
    by("typing-row").hidden = running;
    by("recording-time").textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    refresh();
  },
  finished: (content) => sendFile(content, "audio", { voice: true }),
  failed: () => complain(t("no_microphone")),
});
by("record").addEventListener("click", () => recorder.start());
by("discard").addEventListener("click", () => recorder.discard());
refresh();
