// The phone: keeps a live connection, draws the chat, and says whether somebody looks at it.

import { el, facts, t } from "./dom.js";
import { bubble, update } from "./bubbles.js";
import { edit, forward, quote } from "./compose.js";
import { listCustomers, now, setClock, setCustomer, setFaults, showWindow } from "./controls.js";
import { addEntry, setLog } from "./log.js";
import { clockTime } from "./text.js";

const TYPING_S = 25;
const LONGEST_WAIT_MS = 5000;
const talk = document.getElementById("talk");
const presence = document.getElementById("presence");
const connection = document.getElementById("connection");
let socket = null;
let wait = 250;
let typingTimer = 0;

// --- the chat ---

function atEnd() {
  return talk.scrollHeight - talk.scrollTop - talk.clientHeight < 80;
}

function toEnd() {
  talk.scrollTop = talk.scrollHeight;
}

function dayOf(message) {
  return new Date(message.timestamp * 1000).toDateString();
}

function dayLabel(message) {
  const day = dayOf(message);
  if (day === new Date(now() * 1000).toDateString()) return t("today");
  if (day === new Date((now() - 86400) * 1000).toDateString()) return t("yesterday");
  return new Date(message.timestamp * 1000).toLocaleDateString(facts.language, { day: "numeric", month: "long", year: "numeric" });
}

function find(wamid) {
  return talk.querySelector(`[data-wamid="${CSS.escape(wamid)}"]`);
}

/** Draw a message, new or changed, in its place by time. */
function show(message) {
  if (message.number !== facts.number) return;
  const old = find(message.wamid);
  if (old && update(old, message)) return;
  const drawn = bubble(message, { quote, edit, forward, now });
  drawn.dataset.at = message.timestamp;
  const follow = atEnd();
  if (old) old.replaceWith(drawn);
  else {
    const before = [...talk.querySelectorAll("[data-wamid]")].findLast((other) => Number(other.dataset.at) <= message.timestamp);
    if (before) before.after(drawn);
    else talk.append(drawn);
    const previous = drawn.previousElementSibling;
    if (!previous?.dataset.at || new Date(previous.dataset.at * 1000).toDateString() !== dayOf(message)) {
      if (!previous?.classList.contains("day")) drawn.before(el("div", { class: "day" }, dayLabel(message)));
    }
  }
  if (follow || (!old && message.direction === "inbound")) toEnd();
}

function start(snapshot) {
  talk.replaceChildren(el("div", { class: "secure" }, t("notice")));
  setClock(snapshot.clock);
  setCustomer(snapshot.customer);
  setFaults(snapshot.faults);
  setLog(snapshot.log);
  setVerified(snapshot.verified);
  snapshot.messages.forEach(show);
  toEnd();
}

function typing(on) {
  clearTimeout(typingTimer);
  presence.textContent = t(on ? "typing" : "business_account");
  if (on) typingTimer = setTimeout(() => typing(false), TYPING_S * 1000);
}

talk.addEventListener("click", (event) => {
  const link = event.target.closest("[data-jump]");
  if (!link) return;
  event.preventDefault();
  find(link.dataset.jump)?.scrollIntoView({ block: "center" });
});
talk.addEventListener("load", () => { if (atEnd()) toEnd(); }, true);

// --- the connection ---

function say(words, tone) {
  connection.textContent = words;
  connection.className = `chip ${tone}`;
}

function setVerified(verified) {
  say(t(verified ? "connected" : "no_helpdesk"), verified ? "chip-ok" : "chip-warn");
}

const ON = {
  snapshot: start,
  message: (event) => {
    if (event.message.direction === "outbound") typing(false);
    show(event.message);
  },
  typing: (event) => typing(event.on),
  customer: (event) => setCustomer(event.customer),
  log: (event) => addEntry(event.entry),
  clock: (event) => setClock(event.clock),
  faults: (event) => setFaults(event.faults),
  connection: (event) => setVerified(event.verified),
  customers: () => listCustomers().catch(() => {}), // the page may be leaving just now
  numbers: () => {}, // drawn at the next visit: a chat must not jump away from who is writing
  reset: () => location.reload(),
};

function connect() {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  socket = new WebSocket(`${scheme}://${location.host}/phone/ws?${new URLSearchParams({ customer: facts.customer, number: facts.number })}`);
  socket.addEventListener("open", () => {
    wait = 250;
    tellVisible();
  });
  socket.addEventListener("message", (event) => {
    const data = JSON.parse(event.data);
    ON[data.type]?.(data);
  });
  socket.addEventListener("close", () => {
    say(t("disconnected"), "chip-danger");
    setTimeout(connect, wait);
    wait = Math.min(wait * 2, LONGEST_WAIT_MS);
  });
}

/** Who looks at the chat reads it. */
function tellVisible() {
  if (socket?.readyState === WebSocket.OPEN) {
    socket.send(JSON.stringify({ type: "visible", on: document.visibilityState === "visible" }));
  }
}

document.addEventListener("visibilitychange", tellVisible);
setInterval(() => {
  document.getElementById("clock").textContent = clockTime(now());
  showWindow();
}, 1000);
connect();
