// Search inside the open conversation: the server says where the words stand, the thread shows one hit after another.
// Esc closes it; Ctrl-F stays the browser's own.

import { get } from "./http.js";
import { showItem } from "./thread.js";
import { t } from "./strings.js";

const PAUSE_MS = 250;
let hits = [];
let place = -1;
let more = false;
let waiting = 0;
let asked = "";

const bar = () => document.getElementById("find");

function open() {
  const form = bar();
  if (!form) return;
  form.hidden = false;
  form.elements.q.focus();
  form.elements.q.select();
}

function close() {
  const form = bar();
  if (!form || form.hidden) return;
  form.hidden = true;
  hits = [];
  asked = "";
  // On a phone the button is in a closed menu.
  const openers = document.querySelectorAll("#thread-head [data-find-open], #thread-head [data-menu=more] > summary");
  [...openers].find((one) => one.checkVisibility())?.focus();
}

function say() {
  const words = hits.length ? t("hit_of", { at: place + 1, count: `${hits.length}${more ? "+" : ""}` }) : t("no_hit");
  bar().querySelector("[data-found]").textContent = asked ? words : "";
}

async function ask(form) {
  const words = form.elements.q.value.trim();
  if (words === asked) return;
  asked = words;
  hits = [];
  place = -1;
  if (words) {
    let found;
    try {
      found = await (await get(`${form.dataset.url}?q=${encodeURIComponent(words)}`)).json();
    } catch (refusal) {
      if (asked === words) form.querySelector("[data-found]").textContent = refusal.message || t("not_reached_search");
      asked = "";
      return;
    }
    if (asked !== words) return; // the hand was faster
    hits = found.ids;
    more = found.more;
    if (hits.length) place = 0;
  }
  say();
  if (hits.length) showItem(hits[0]);
}

function step(by) {
  if (!hits.length) return;
  place = (place + by + hits.length) % hits.length;
  say();
  showItem(hits[place]);
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-find-open]")) open();
  if (event.target.closest("[data-find-close]")) close();
  const button = event.target.closest("[data-find-step]");
  if (button) step(Number(button.dataset.findStep));
});

document.addEventListener("input", (event) => {
  const form = event.target.closest("#find");
  if (!form) return;
  clearTimeout(waiting);
  waiting = setTimeout(() => ask(form), PAUSE_MS);
});

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("#find");
  if (!form) return;
  event.preventDefault();
  clearTimeout(waiting);
  if (form.elements.q.value.trim() !== asked) await ask(form);
  else step(1);
});

document.addEventListener("keydown", (event) => {
  if (!event.target.closest?.("#find")) return;
  if (event.key === "Escape") {
    event.preventDefault();
    event.stopPropagation();
    close();
  }
  if (event.target.matches("input") && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
    event.preventDefault();
    step(event.key === "ArrowUp" ? 1 : -1);
  }
});

document.addEventListener("conversation:shown", () => {
  hits = [];
  asked = "";
});
