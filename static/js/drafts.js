// Drafts: what stands in a field of the composer outlives the page. This browser keeps it at once, the server a moment
// later, so that it is on the agent's other devices, too; a newer text from there is offered, never lost or forced.

import { Refusal, get, post } from "./http.js";

const { agent } = document.body.dataset;
const WAIT_MS = 800;
const fields = "#reply-form[data-draft-url], #note-form[data-draft-url]";
const timers = new Map(); // key → the save that is to come
const saving = new Map(); // key → the save under way
const marked = new Set(); // conversations with a draft of mine
let other = null; // { form, text, revision }: the newer draft from another device

function key(form) {
  return `draft:${agent}:${form.closest("#composer").dataset.conversation}:${form.dataset.mode}`;
}

function read(name) {
  try {
    return localStorage.getItem(name) ?? "";
  } catch {
    return ""; // a forbidden storage keeps nothing
  }
}

function write(name, value) {
  try {
    if (value) localStorage.setItem(name, value);
    else localStorage.removeItem(name);
  } catch {
    // A full or forbidden storage costs the draft, not the message.
  }
}

/** This browser, for the server to tell its saves from another one's. */
function device() {
  const name = `device:${agent}`;
  if (!read(name)) write(name, [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, "0")).join(""));
  return read(name) || "nameless";
}

/** Keep the text of `form`, or forget it when there is none. */
export function keep(form) {
  const { value } = form.elements.text;
  const name = key(form);
  write(name, value);
  write(`${name}:dirty`, "1");
  mark(form.closest("#composer").dataset.conversation, Boolean(value));
  clearTimeout(timers.get(name));
  timers.set(name, setTimeout(() => save(job(form)), value ? WAIT_MS : 0));
}

function job(form) {
  const name = key(form);
  return { name, url: form.dataset.draftUrl, mode: form.dataset.mode };
}

/** Tell the server; one save after the other, each with what stands there by then. */
function save({ name, url, mode }, { leaving = false } = {}) {
  clearTimeout(timers.get(name));
  timers.delete(name);
  if (!url || !read(`${name}:dirty`)) return;
  if (saving.has(name) && !leaving) {
    saving.get(name).again = true;
    return;
  }
  const text = read(name);
  const base = Number(read(`${name}:seen`)) || 0;
  const state = { again: false };
  saving.set(name, state);
  const revision = Math.max(base, Number(read(`${name}:sent`)) || 0) + 1;
  write(`${name}:sent`, String(revision));
  post(url, { mode, text, revision, base, device: device() }, { keepalive: leaving })
    .then((response) => response.json())
    .then((saved) => {
      write(`${name}:seen`, text ? String(saved.revision) : "");
      if (!text) write(`${name}:sent`, "");
      if (read(name) === text) write(`${name}:dirty`, "");
    })
    .catch((error) => {
      if (error.status === 409) offer(name, error.body);
      else if (!(error instanceof Refusal) && error.name !== "TimeoutError") console.error(error);
    })
    .finally(() => {
      saving.delete(name);
      if (state.again) save({ name, url, mode });
    });
}

/** Put the kept text back into an empty field, and look whether another device has a newer one. */
export function bringBack(form) {
  const field = form.elements.text;
  if (!field.value) field.value = read(key(form));
  if (other && !other.form.isConnected) other = null;
}

/** What the server keeps of the drafts in this composer. `taken` is called when one was put into its field. */
export async function syncDrafts(composer, taken) {
  const forms = [...composer.querySelectorAll(fields)];
  if (!forms.length) return;
  let kept;
  try {
    kept = await (await get(forms[0].dataset.draftUrl)).json();
  } catch (error) {
    if (error instanceof Refusal) return; // offline: this browser's own will do
    throw error;
  }
  for (const form of forms.filter((one) => one.isConnected)) {
    const found = kept[form.dataset.mode];
    const name = key(form);
    const mine = form.elements.text.value;
    if (found && found.text !== mine) {
      const isSeen = found.device === device() || Number(read(`${name}:seen`)) >= found.revision;
      if (!mine && !read(`${name}:dirty`)) put(form, found, taken);
      else if (!isSeen && !read(`${name}:dirty`)) put(form, found, taken);
      else if (isSeen) save(job(form));
      else offer(name, found);
    } else if (found) {
      write(`${name}:seen`, String(found.revision));
      write(`${name}:dirty`, "");
    } else if (mine && !read(`${name}:dirty`) && read(`${name}:seen`)) {
      put(form, { text: "", revision: 0 }, taken); // sent, or given up, on another device
    } else if (mine) {
      write(`${name}:dirty`, "1");
      save(job(form));
    }
  }
}

function put(form, { text, revision }, taken) {
  const name = key(form);
  form.elements.text.value = text;
  write(name, text);
  write(`${name}:seen`, revision ? String(revision) : "");
  write(`${name}:dirty`, "");
  mark(form.closest("#composer").dataset.conversation, Boolean(text));
  taken?.(form);
}

/** Another device has a newer text: the agent decides. */
function offer(name, { text, revision }) {
  const form = [...document.querySelectorAll(fields)].find((one) => key(one) === name);
  const line = document.querySelector("#composer [data-other-draft]");
  if (!form || !line) return;
  other = { form, text, revision };
  line.hidden = false;
}

document.addEventListener("click", (event) => {
  const take = event.target.closest("[data-take-draft]");
  const stay = event.target.closest("[data-keep-draft]");
  if (!other || (!take && !stay)) return;
  const { form } = other;
  event.target.closest("[data-other-draft]").hidden = true;
  if (take) {
    put(form, other, () => form.elements.text.dispatchEvent(new Event("input", { bubbles: true })));
  } else {
    write(`${key(form)}:seen`, String(other.revision));
    write(`${key(form)}:dirty`, "1");
    save(job(form));
  }
  other = null;
  form.elements.text.focus();
});

function flush(leaving) {
  for (const form of document.querySelectorAll(fields)) save(job(form), { leaving });
}

document.addEventListener("focusout", (event) => {
  const form = event.target.matches?.("#composer textarea") && event.target.closest(fields);
  if (form) save(job(form));
});
document.addEventListener("visibilitychange", () => document.hidden && flush(true));
addEventListener("pagehide", () => flush(true));
document.addEventListener("live:back", () => flush(false));

// -- The list says where something has been begun -------------------------------------------------------

function mark(conversation, isThere) {
  if (isThere) marked.add(conversation);
  else marked.delete(conversation);
  const row = document.querySelector(`#rows > [data-conversation="${conversation}"]`);
  if (row) markRow(row);
}

function markRow(row) {
  const there = row.querySelector(".draft-mark");
  const wanted = marked.has(row.dataset.conversation);
  if (there && !wanted) there.remove();
  if (!there && wanted) row.querySelector(".conv-3")?.prepend(document.getElementById("draft-mark").content.cloneNode(true));
}

function markAll() {
  for (const row of document.querySelectorAll("#rows > [data-conversation]")) markRow(row);
}

async function marks() {
  const rows = document.getElementById("rows");
  if (!rows || document.body.classList.contains("role-read_only")) return;
  try {
    for (const pk of (await (await get("/drafts/")).json()).conversations) marked.add(pk);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
  }
  markAll();
  new MutationObserver(markAll).observe(rows, { childList: true });
  document.addEventListener("row:drawn", ({ detail }) => markRow(detail));
}

(window.requestIdleCallback ?? ((run) => setTimeout(run, 500)))(marks);
