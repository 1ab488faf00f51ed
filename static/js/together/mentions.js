// "@" in a note: a list of colleagues and teams opens over the composer, filtered by what is typed behind it.
// Only the text is sent; the server reads from it who is meant, so a draft keeps its mentions.

import { get } from "../http.js";

const OPENS = /(?:^|[\s(])@([^\s@][^@\n]{0,40}|)$/;
let options = [];
let chosen = 0;
let field = null; // the textarea while the list is open
let of = ""; // whose list is loaded

const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
const pop = () => document.getElementById("mention-pop");
const list = () => document.getElementById("mention-list");

function close() {
  if (!field) return;
  field.removeAttribute("aria-activedescendant");
  field.removeAttribute("aria-controls");
  field = null;
  of = ""; // who is there changes: the next "@" asks again
  if (pop()) pop().hidden = true;
}

function behindAt(area) {
  return area.selectionEnd === area.selectionStart ? OPENS.exec(area.value.slice(0, area.selectionStart))?.[1] : undefined;
}

async function look(area) {
  const typed = behindAt(area);
  if (typed === undefined || !list()) return close();
  field = area;
  const { url } = list().dataset;
  if (of !== url) {
    of = url;
    try {
      const html = await (await get(url)).text();
      if (!field || list()?.dataset.url !== url) return undefined;
      list().innerHTML = html;
    } catch {
      return close(); // without a connection the name can be typed
    }
  }
  return filter(plain(behindAt(area) ?? ""));
}

function filter(words) {
  options = [];
  for (const option of list().querySelectorAll("[data-mention]")) {
    const name = plain(option.dataset.mention);
    option.hidden = !(name.startsWith(words) || name.includes(` ${words}`));
    if (!option.hidden) options.push(option);
  }
  if (!options.length || options.some((one) => plain(one.dataset.mention) === words.trim() && words.endsWith(" "))) {
    pop().hidden = true;
    return;
  }
  pop().hidden = false;
  field.setAttribute("aria-controls", "mention-list");
  choose(0);
}

function choose(place) {
  chosen = (place + options.length) % options.length;
  options.forEach((one, number) => one.setAttribute("aria-selected", String(number === chosen)));
  options[chosen].scrollIntoView({ block: "nearest" });
  field.setAttribute("aria-activedescendant", options[chosen].id);
}

function take(option) {
  if (option.getAttribute("aria-disabled") === "true") return;
  const area = field;
  const start = area.selectionStart - (behindAt(area) ?? "").length;
  area.setRangeText(`${option.dataset.mention} `, start, area.selectionStart, "end");
  close();
  area.focus();
  area.dispatchEvent(new Event("input", { bubbles: true }));
}

document.addEventListener("input", ({ target }) => {
  if (target.matches("#note-form textarea")) look(target);
});

// Before the composer: its Enter sends.
document.addEventListener("keydown", (event) => {
  if (!field || pop()?.hidden !== false || event.target !== field || event.isComposing) return;
  const does = {
    ArrowDown: () => choose(chosen + 1),
    ArrowUp: () => choose(chosen - 1),
    Enter: () => take(options[chosen]),
    Tab: () => take(options[chosen]),
    Escape: close,
  }[event.key];
  if (!does || event.shiftKey) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  does();
}, { capture: true });

document.addEventListener("pointerdown", (event) => {
  const option = event.target.closest("#mention-list [data-mention]");
  if (option) event.preventDefault(); // the text keeps the focus
  else if (!event.target.closest("#mention-pop, #note-form textarea")) close();
});
document.addEventListener("click", (event) => {
  const option = event.target.closest("#mention-list [data-mention]");
  if (option && field) take(option);
});
document.addEventListener("conversation:shown", close);
