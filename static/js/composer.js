// The composer: Enter sends, what was sent shows at once under its client UUID and turns into the truth.
// Messages leave one after the other; one that did not reach the server says so and goes again on a click.

import { bringBack, keep, syncDrafts } from "./drafts.js";
import { gapsIn, measure, pieces, toGap } from "./field.js";
import { toggleMark } from "./formatting.js";
import { crossed, crossingFields } from "./crossing.js";
import { Refusal, element, postForText } from "./http.js";
import { endPlan, isPlanLate, plannedFor } from "./later.js";
import { fetchAgain } from "./parts.js";
import { t } from "./strings.js";
import { openConversation, place } from "./thread.js";
import { serverIso } from "./time.js";
import { forget, isUnsent, remember, undelivered, unsentOf } from "./unsent.js";
import { addUploaded, takeFiles } from "./uploads.js";

let queue = Promise.resolve();
let quoted = ""; // the wamid that the next message answers

/** A version 4 UUID; crypto.randomUUID is missing where the page is not served securely. */
export function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** Say what went wrong over the composer; "" takes it away. */
export function say(message) {
  const box = document.getElementById("composer-error");
  if (!box) return;
  box.hidden = !message;
  box.querySelector("span").textContent = message;
}

// -- The field ---------------------------------------------------------------------------------------

function prepare() {
  const composer = document.getElementById("composer");
  if (!composer || composer.dataset.ready) return;
  composer.dataset.ready = "true";
  quoted = "";
  for (const form of composer.querySelectorAll("#reply-form, #note-form")) {
    bringBack(form);
    measure(form);
  }
  syncDrafts(composer, measure);
}

/** Show the reply (or picker) or the note; the other keeps its text. */
export function switchTo(mode) {
  const note = document.getElementById("note-form");
  const other = document.querySelector("#reply-form, #picker, #blocked");
  note.hidden = mode !== "note";
  if (other) other.hidden = mode === "note";
  say("");
  (mode === "note" ? note.elements.text : document.querySelector("#reply-text, #picker input"))?.focus();
}

function quote(message) {
  const line = document.querySelector("#reply-form [data-quoting]");
  if (!line) return;
  if (message) switchTo("reply");
  quoted = message?.dataset.wamid ?? "";
  line.hidden = !quoted;
  const text = message?.querySelector(".text, .doc, figcaption, .inset b")?.textContent.trim();
  const picture = message?.querySelector("[data-lightbox] img")?.alt;
  line.querySelector("span").textContent = text || picture || t("quote");
  document.getElementById("reply-text").focus();
}

/** A link from a picture elsewhere (lightbox.js) ends in #quote-MESSAGE: quote that one, once. */
function quoteFromAddress() {
  const message = /^#quote-([\w-]+)$/.exec(location.hash)?.[1];
  if (!message) return;
  history.replaceState(history.state, "", location.pathname + location.search);
  quote(document.getElementById(`message-${message}`));
}

/** The wamid that the next message answers, or "". */
export function quotedWamid() {
  return quoted;
}

/** What was quoted has gone with a message. */
export function endQuote() {
  quote(null);
}

// -- Sending -------------------------------------------------------------------------------------------

function pending(templateId, { id, shown, at: written }) {
  const item = document.getElementById(templateId).content.firstElementChild.cloneNode(true);
  const at = serverIso(); // what waits stands at the end, whenever it was written
  Object.assign(item.dataset, { at, clientUuid: id, pending: "true", direction: "outbound" });
  item.id = `pending-${id}`;
  item.querySelector(".text").textContent = shown;
  item.querySelector("time").textContent = written.slice(11, 16);
  return item;
}

/** Put the bubble of an unsent `entry` at the end of its thread, if that is on screen. */
function draw(entry, options) {
  if (openConversation() !== entry.conversation) return;
  const item = pending(entry.mode === "note" ? "pending-note" : "pending-bubble", entry);
  place(item, options);
  mark(entry);
}

/** Send an entry after all before it; its bubble becomes what the server answers, or says what is wrong. */
function send(entry) {
  Object.assign(entry, { sending: true, refused: false, unreached: false, reason: "" });
  remember(entry);
  mark(entry);
  queue = queue.then(async () => {
    try {
      const html = await postForText(entry.url, entry.fields);
      forget(entry.id);
      // Drawn by live.js already? place() puts one over the other by id or client UUID.
      if (openConversation() === entry.conversation) place(element(html));
    } catch (error) {
      // Whatever it was: the messages behind this one must go on.
      if (!(error instanceof Refusal)) console.error(error);
      entry.sending = false;
      if (!isUnsent(entry.id)) return; // only the answer was lost: the message came live meanwhile
      if (error instanceof Refusal && !error.offline && error.status < 500) refused(entry, error);
      else {
        entry.unreached = true;
        fail(entry, t("not_reached"));
      }
    }
  });
}

function fail(entry, reason) {
  entry.reason = reason;
  remember(entry);
  mark(entry);
}

/** Whether the line at the top says so: then what was written is sent once the connection is back. */
function isOffline() {
  return !navigator.onLine || document.documentElement.dataset.live === "lost";
}

/** Bring the bubble of an entry up to how the entry stands. */
function mark(entry) {
  const item = document.getElementById(`pending-${entry.id}`);
  if (!item) return;
  const waits = entry.unreached && !entry.restored && isOffline(); // goes by itself when the connection is back
  const isFailed = !entry.sending && !waits;
  item.querySelector(".after")?.remove();
  item.classList.replace(isFailed ? "msg-queued" : "msg-failed", isFailed ? "msg-failed" : "msg-queued");
  if (waits) {
    item.append(element('<div class="after"><span></span></div>'));
    item.querySelector(".after span").textContent = t("waits_for_connection");
  }
  if (!isFailed) return;
  const after = element('<div class="after"><span class="danger"></span><button type="button"></button></div>');
  after.querySelector("span").textContent = entry.reason || t("not_reached");
  const again = after.querySelector("button");
  again.textContent = t("try_again");
  again.addEventListener("click", () => send(entry));
  item.append(after);
  if (!entry.refused && !entry.restored) return;
  const away = element('<button type="button"></button>'); // what may never go must not stand there for ever
  away.textContent = t("discard");
  away.setAttribute("aria-label", `${t("discard")}: ${entry.shown}`);
  away.addEventListener("click", () => {
    forget(entry.id);
    item.remove();
  });
  after.append(away);
}

/** The server says no: the words go back into their field if it is there and empty, else the bubble stays. */
function refused(entry, error) {
  const reason = error.message || t("went_wrong");
  const isOpen = openConversation() === entry.conversation;
  const form = isOpen && document.getElementById(entry.mode === "note" ? "note-form" : "reply-form");
  if (form && !form.elements.text.value && !entry.fields.upload) {
    forget(entry.id);
    document.getElementById(`pending-${entry.id}`)?.remove();
    form.elements.text.value = entry.fields.text;
    keep(form);
    measure(form);
  } else {
    entry.refused = true;
    fail(entry, reason);
  }
  if (isOpen && !crossed(error, entry)) say(reason);
}

/** A conversation has come onto the screen: show what it still owes the server. */
function drawUnsent() {
  const box = document.getElementById("items");
  if (!box) return;
  for (const entry of unsentOf(openConversation())) {
    const shown = box.querySelector(`:scope > [data-client-uuid="${entry.id}"]`);
    if (!shown) draw(entry);
    else if (!shown.dataset.pending) forget(entry.id);
  }
}

/** Queue `parts` ({ file, text }) as messages of their own, in their order; what was quoted goes with each. */
function submitParts(form, parts) {
  const { conversation } = form.closest("#composer").dataset;
  for (const part of parts) {
    const id = uuid();
    const fields = { client_uuid: id, text: part.text };
    if (part.file) fields.upload = part.file.id;
    if (quoted && form.id === "reply-form") fields.context = quoted;
    if (plannedFor(form)) fields.leave_at = plannedFor(form);
    if (form.id === "reply-form") Object.assign(fields, crossingFields());
    const shown = part.file ? [part.file.name, part.text].filter(Boolean).join("\n") : part.text;
    const entry = { id, conversation, url: form.getAttribute("action"), mode: form.dataset.mode, fields, shown, at: serverIso() };
    entry.sending = true;
    draw(entry, { follow: true });
    send(entry);
  }
  if (quoted && form.id === "reply-form") quote(null);
  endPlan(form);
}

/** What was taken back stands in the composer again, before what has been begun since. */
export function fillReply({ text, context, files }) {
  const form = document.getElementById("reply-form");
  if (!form) return say(text);
  switchTo("reply");
  const field = form.elements.text;
  field.value = [text, field.value.trim()].filter(Boolean).join("\n");
  const answered = context && document.querySelector(`#items > [data-wamid="${CSS.escape(context)}"]`);
  if (answered) quote(answered);
  for (const file of files) addUploaded(form, file);
  keep(form);
  measure(form);
  field.focus();
  return field.setSelectionRange(text.length, text.length);
}

/** Whether the text can go as it stands; else it says why, and shows where. */
function isReady(form) {
  const gaps = gapsIn(form.elements.text.value);
  if (gaps.length) {
    say(t("fill_gaps", { gaps: [...new Set(gaps.map((gap) => gap.name))].join(", ") }));
    form.elements.text.setSelectionRange(0, 0);
    return !toGap(form.elements.text);
  }
  if (!isPlanLate(form)) return true;
  form.querySelector("[data-plan] button").focus();
  return false;
}

/** Send an upload ({ id, name }) as a message; the draft stays. False when no reply may be written here any more. */
export function sendUpload(file) {
  const form = document.getElementById("reply-form");
  if (form) submitParts(form, [{ file, text: "" }]);
  return Boolean(form);
}

function submitText(form) {
  if (!isReady(form)) return;
  const text = form.elements.text.value.trim();
  const files = form.id === "reply-form" ? takeFiles() : [];
  if (!text && !files.length) return;
  say("");
  const parts = files.length ? files.map((file, place) => ({ file, text: place ? "" : text })) : [{ text }];
  // A voice note or sticker carries no words: they follow as a message of their own.
  if (parts[0].file && ["audio", "sticker"].includes(parts[0].file.kind) && text) {
    parts[0].text = "";
    parts.push({ text });
  }
  const limit = files.length ? Number(form.dataset.captionLimit) : Number(form.dataset.limit);
  submitParts(form, parts.flatMap((part) => (
    pieces(part.text, limit).map((words, number) => ({ text: words, file: number ? null : part.file }))
  )));
  form.elements.text.value = "";
  keep(form);
  measure(form);
  form.elements.text.focus();
}

async function sendAgain(button) {
  const { conversation } = button.closest("#items").dataset;
  button.disabled = true;
  try {
    const html = await postForText(button.dataset.again);
    if (openConversation() === conversation) place(element(html), { follow: true });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const reason = error.message || (error.offline ? t("not_reached") : t("went_wrong"));
    if (openConversation() === conversation) say(reason);
    button.disabled = false;
  }
}

// -- Hands ---------------------------------------------------------------------------------------------

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.closest("#composer")) return;
  if (!form.matches("#reply-form, #note-form")) return; // kinds.js has the others
  event.preventDefault();
  if (!form.querySelector('[type="submit"]').disabled) submitText(form);
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || !event.target.matches("#composer textarea")) return;
  event.preventDefault();
  event.target.form.requestSubmit();
});

// As in every editor: Ctrl or ⌘ with B and I; with Shift, X strikes out and M is for code.
document.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.altKey || !event.target.matches("#reply-text")) return;
  const mark = (event.shiftKey ? { x: "~", m: "`" } : { b: "*", i: "_" })[event.key.toLowerCase()];
  if (!mark) return;
  event.preventDefault();
  toggleMark(event.target, mark);
});

document.addEventListener("input", (event) => {
  const form = event.target.closest("#reply-form, #note-form");
  if (form && event.target.name === "text") {
    keep(form);
    measure(form);
  }
});

document.addEventListener("click", (event) => {
  const tab = event.target.closest("#composer [data-mode]:is(button)");
  const again = event.target.closest("[data-again]");
  const quoteThis = event.target.closest("[data-quote-this]");
  if (tab) switchTo(tab.dataset.mode);
  if (again) sendAgain(again);
  if (event.target.closest("[data-split]")) submitText(document.getElementById("reply-form"));
  if (quoteThis) quote(quoteThis.closest(".msg"));
  if (event.target.closest("[data-unquote]")) quote(null);
});

/** What the server says of a refusal in words; "" when it broke instead. */
function refusalIn({ response, text }) {
  if (![403, 409, 422].includes(response?.status)) return "";
  try {
    return JSON.parse(text).detail ?? "";
  } catch {
    return "";
  }
}

// Take, hand over, resolve, reopen: htmx posts them; what did not work is said where the agent writes.
for (const name of ["htmx:response:error", "htmx:error"]) {
  document.addEventListener(name, ({ detail: { ctx } }) => {
    if (ctx?.request?.method?.toUpperCase() !== "POST" || ctx.response?.status === 401) return;
    say(refusalIn(ctx) || t("went_wrong"));
  });
}

document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
  if (ctx?.request?.method?.toUpperCase() === "POST") say("");
});

document.addEventListener("files:changed", () => {
  const form = document.getElementById("reply-form");
  if (form) measure(form);
});

/** Fetch the composer as it stands now: the window has closed or opened. Drafts are kept. */
export function refreshComposer() {
  fetchAgain(document.getElementById("composer"));
}

document.addEventListener("window:closed", refreshComposer);
document.addEventListener("conversation:shown", prepare);
document.addEventListener("conversation:shown", drawUnsent);
document.addEventListener("htmx:after:swap", prepare);
// The line at the top promises that what was written offline goes when the connection is back.
document.addEventListener("live:back", () => undelivered().forEach(send));
document.addEventListener("live:lost", () => undelivered().forEach(mark));
document.addEventListener("item:arrived", (event) => forget(event.detail.clientUuid));
prepare();
drawUnsent();
quoteFromAddress();
