// Writing on the phone: text, files, emoji, place, contact, voice; and the message one replies to.

import { attempt, complain, el, facts, own, post, t } from "./dom.js";
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
};
let quoted = null;
let wantedKind = "";

/** Reply to `message` with what is sent next; null ends it. */
export function quote(message) {
  quoted = message;
  by("quoting").hidden = !message;
  for (const menu of document.querySelectorAll(".act-menu")) menu.remove();
  if (!message) return;
  by("quoting-who").textContent = message.direction === "inbound" ? t("you") : facts.business;
  const words = message.view?.body ?? message.content.body?.text ?? message.content.body ?? message.content.text ?? message.content.caption ?? "";
  by("quoting-text").textContent = quotedText({ type: message.type, text: String(words) });
  text.focus();
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
  text.value = "";
  refresh();
  try {
    await post(own("messages"), { type: "text", text: words, ...reply() });
  } catch (error) {
    text.value = words;
    refresh();
    complain(error.message);
  }
}

function sendFile(content, kind, more = {}) {
  const form = new FormData();
  for (const [name, value] of Object.entries({ kind, ...more, ...reply() })) form.append(name, value);
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
by("quote-cancel").addEventListener("click", () => quote(null));

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
  if (target?.dataset.share) attempt(() => post(own("messages"), { ...SHARED[target.dataset.share], ...reply() }));
  if (target?.dataset.file) {
    wantedKind = target.dataset.file;
    file.accept = target.dataset.accept;
    file.value = "";
    file.click();
  }
});
document.addEventListener("keydown", (event) => { if (event.key === "Escape") closeMenus(); });

file.addEventListener("change", async () => {
  const [content] = file.files;
  if (!content) return;
  const caption = text.value.trim();
  const kind = wantedKind || (content.type.startsWith("image/") ? "image" : "document");
  const sticker = kind === "image" && content.type === "image/webp";
  if (caption) {
    text.value = "";
    refresh();
  }
  await sendFile(content, sticker ? "sticker" : kind, { voice: kind === "audio", ...(caption ? { caption } : {}) });
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
