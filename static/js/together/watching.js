// Who else is here: tells the server what is on this screen and what is typed, and draws the line over the composer.
// Names instead of symbols; what nobody refreshes ends by itself, here after the typing's time, there within seconds.

import { get } from "../http.js";
import { t } from "../strings.js";
import { openConversation } from "../thread.js";

const TYPING_EVERY_MS = 3_000;
const ACTIVE_EVERY_MS = 60_000;
const me = Number(document.body.dataset.agent);
let told; // undefined: the server knows nothing yet
let typedAt = 0;
let activeAt = Date.now();
let timer;
let ends;

function say(words) {
  document.dispatchEvent(new CustomEvent("live:say", { detail: words }));
}

/** The conversation before the agent's eyes: open, in a tab that is in front, not behind a phone's list. */
function onScreen() {
  const box = document.getElementById("items");
  return !document.hidden && box?.checkVisibility() ? openConversation() || null : null;
}

/** Say what is on screen, a moment later: whoever runs through the list does not look at each. */
function tellSoon() {
  clearTimeout(timer);
  timer = setTimeout(() => {
    const shown = onScreen();
    if (shown === told) return;
    told = shown;
    say({ type: "looking", conversation: shown });
  }, 200);
}

function tellAnew() {
  told = undefined;
  tellSoon();
}

function tellTyping({ target }) {
  const mode = target.closest("#note-form") ? "note" : "reply";
  if (!target.matches("#reply-text, #note-form textarea") || !target.value.trim()) return;
  if (Date.now() - typedAt < TYPING_EVERY_MS) return;
  typedAt = Date.now();
  say({ type: "typing", conversation: openConversation(), mode });
}

function tellActive() {
  if (Date.now() - activeAt < ACTIVE_EVERY_MS) return;
  activeAt = Date.now();
  say({ type: "active" });
}

// -- The line ------------------------------------------------------------------------------------------

const SENTENCES = { reply: "types_reply", note: "types_note", "": "reads_along" };

/** "Tarek Aydin is writing a reply", with the name in bold. */
function words({ name, mode }) {
  const span = document.createElement("span");
  const [before, after] = t(SENTENCES[mode] ?? SENTENCES[""], { name: "\u0000" }).split("\u0000");
  const bold = document.createElement("b");
  bold.className = "medium";
  bold.textContent = name;
  span.append(before, bold, after);
  return span;
}

function face({ initials }) {
  const span = document.createElement("span");
  span.className = "face face-s";
  const b = document.createElement("b");
  b.ariaHidden = "true";
  b.textContent = initials;
  span.append(b);
  return span;
}

function draw(people) {
  const line = document.getElementById("watching");
  if (!line) return;
  const others = people.filter(({ agent }) => agent !== me);
  const field = document.getElementById("reply-text");
  if (field) {
    field.dataset.plain ??= field.placeholder;
    const writes = others.find(({ mode }) => mode === "reply");
    field.placeholder = writes ? t("answer_anyway", { name: writes.name }) : field.dataset.plain;
  }
  if (!others.length) {
    if (line.querySelector(".faces")) fetchSeen();
    return;
  }
  const faces = document.createElement("span");
  faces.className = "faces";
  faces.append(...others.slice(0, 4).map(face));
  const text = document.createElement("span");
  text.className = "clip";
  others.slice(0, 4).forEach((one, place) => text.append(place ? ", " : "", words(one)));
  if (others.length > 4) text.append(` +${others.length - 4}`);
  line.replaceChildren(faces, text);
}

/** Nobody is here: who was, last? */
async function fetchSeen() {
  const line = document.getElementById("watching");
  if (!line) return;
  line.replaceChildren();
  try {
    const html = await (await get(line.dataset.seenUrl)).text();
    if (line.isConnected && !line.querySelector(".faces")) line.innerHTML = html;
  } catch {
    // A courtesy: without it the line stays empty.
  }
}

document.addEventListener("told:watching", ({ detail }) => {
  if (detail.conversation !== openConversation()) return;
  clearTimeout(ends);
  draw(detail.people);
  if (!detail.people.some(({ mode }) => mode)) return;
  ends = setTimeout(() => draw(detail.people.map((one) => ({ ...one, mode: "" }))), detail.typing_ms);
});

document.addEventListener("conversation:shown", () => {
  clearTimeout(ends);
  typedAt = 0;
  fetchSeen();
  tellAnew();
});
document.addEventListener("live:back", tellAnew);
document.addEventListener("visibilitychange", tellSoon);
addEventListener("popstate", tellSoon);
addEventListener("resize", tellSoon);
document.addEventListener("click", (event) => event.target.closest("[data-back]") && tellSoon());
document.addEventListener("input", tellTyping);
document.addEventListener("submit", (event) => event.target.closest("#composer") && tellAnew()); // sent: no more typing
for (const name of ["pointerdown", "keydown"]) document.addEventListener(name, tellActive, { passive: true });
if (openConversation()) fetchSeen();
