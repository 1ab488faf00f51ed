// The emoji picker: by group or by name in the reader's language, arrow keys inside the grid; and reactions.
// The names are a file of their own, fetched when the picker is first opened.

import { say, uuid } from "./composer.js";
import { Refusal, element, post } from "./http.js";
import { t } from "./strings.js";
import { place } from "./thread.js";

const RECENT = 24;
const MOST_FOUND = 96;
const pop = document.getElementById("emoji");
const quick = document.getElementById("react");
const recentKey = `emoji:${document.body.dataset.agent}`;
let groups = null; // [[emoji, name, other words], …] per group
let choose = () => {};
let reacting = null; // the button of the message that is reacted to

function recent() {
  try {
    return JSON.parse(localStorage.getItem(recentKey) ?? "[]");
  } catch {
    return [];
  }
}

function remember(emoji) {
  try {
    localStorage.setItem(recentKey, JSON.stringify([emoji, ...recent().filter((one) => one !== emoji)].slice(0, RECENT)));
  } catch {
    // Then nothing is remembered.
  }
}

function nameOf(emoji) {
  return groups.flat().find(([one]) => one === emoji)?.[1] ?? emoji;
}

function draw(rows, title) {
  const grid = pop.querySelector(".emoji-grid");
  pop.querySelector("[data-emoji-title]").textContent = title;
  pop.querySelector("[data-none-found]").hidden = rows.length > 0;
  grid.replaceChildren(...rows.map(([emoji, name], number) => {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "emoji", textContent: emoji, title: name, tabIndex: number ? -1 : 0 });
    button.setAttribute("aria-label", name);
    button.dataset.emojiChoice = emoji;
    return button;
  }));
}

function showGroup(name) {
  for (const button of pop.querySelectorAll("[data-group]")) {
    button.setAttribute("aria-pressed", String(button.dataset.group === name));
  }
  const label = pop.querySelector(`[data-group="${name}"]`).getAttribute("aria-label");
  draw(name === "recent" ? recent().map((emoji) => [emoji, nameOf(emoji)]) : groups[name], label);
  pop.querySelector(".emoji-scroll").scrollTop = 0;
}

/** How well `wanted` names an emoji: its name, a word of it, another word for it, the middle of a word, not at all. */
function rank([, name, others], wanted) {
  const called = name.toLocaleLowerCase();
  const words = called.split(/[\s-]+/);
  const more = others.toLocaleLowerCase().split(/\s+/);
  return Math.max(...wanted.map((word) => {
    if (called === word) return 0;
    if (words.includes(word)) return 1;
    if (more.includes(word)) return 2;
    if ([...words, ...more].some((one) => one.startsWith(word))) return 3;
    return `${called} ${others}`.toLocaleLowerCase().includes(word) ? 4 : Infinity;
  }));
}

function search(words) {
  const wanted = words.trim().toLocaleLowerCase().split(/\s+/).filter(Boolean);
  if (!wanted.length) return showGroup(recent().length ? "recent" : "0");
  const found = groups.flat()
    .map((row) => ({ row, rank: rank(row, wanted) }))
    .filter((one) => one.rank < Infinity)
    .sort((one, other) => one.rank - other.rank) // stable: the keyboard's order within a rank
    .map((one) => one.row);
  return draw(found.slice(0, MOST_FOUND), t("found", { count: found.length }));
}

/** Put `box` over `anchor`, inside the page and clear of `whole`, which holds the text. */
function anchorTo(box, anchor, whole = anchor) {
  const from = anchor.getBoundingClientRect();
  box.style.left = `${Math.max(8, Math.min(from.left - 8, innerWidth - box.offsetWidth - 8))}px`;
  const above = whole.getBoundingClientRect().top - box.offsetHeight - 6;
  box.style.top = `${above > 8 ? above : Math.min(from.bottom + 6, innerHeight - box.offsetHeight - 8)}px`;
}

async function openPicker(anchor, onChoice) {
  try {
    groups ??= await (await fetch(pop.dataset.names)).json();
  } catch {
    return say(t("not_reached"));
  }
  choose = onChoice;
  pop.querySelector("input").value = "";
  pop.showPopover();
  search("");
  anchorTo(pop, anchor, anchor.closest(".compose-box") ?? anchor);
  return pop.querySelector("input").focus();
}

function insert(field, emoji) {
  field.focus();
  field.setRangeText(emoji, field.selectionStart, field.selectionEnd, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

/** Our reaction on a message; an empty one takes it back. */
async function react(url, emoji) {
  try {
    const html = await (await post(url, { client_uuid: uuid(), emoji })).text();
    place(element(html));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    say(error.message || t(error.offline ? "not_reached" : "went_wrong"));
  }
}

function move(grid, key) {
  const all = [...grid.children];
  const at = all.indexOf(document.activeElement);
  const columns = Math.max(1, all.filter((one) => one.offsetTop === all[0].offsetTop).length);
  const by = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns }[key];
  const next = all[at + by];
  if (!next) return key === "ArrowUp" ? pop.querySelector("input").focus() : undefined;
  for (const one of all) one.tabIndex = -1;
  next.tabIndex = 0;
  return next.focus();
}

function chosen(emoji) {
  remember(emoji);
  if (quick.matches(":popover-open")) {
    quick.hidePopover();
    react(reacting.dataset.react, emoji);
    return;
  }
  pop.hidePopover();
  choose(emoji);
}

document.addEventListener("click", (event) => {
  const { target } = event;
  const opener = target.closest("[data-emoji]:is(button)");
  const reactTo = target.closest("[data-react]");
  const own = target.closest("[data-take-back]");
  const choice = target.closest("[data-emoji-choice]");
  const group = target.closest("#emoji [data-group]");
  if (opener) openPicker(opener, (emoji) => insert(opener.form.elements.text, emoji));
  if (own) react(own.dataset.takeBack, "");
  if (choice) chosen(choice.dataset.emojiChoice);
  if (group) showGroup(group.dataset.group);
  if (reactTo) {
    reacting = reactTo;
    quick.showPopover();
    anchorTo(quick, reactTo);
    quick.querySelector("button").focus();
  }
  if (target.closest("[data-more-emoji]")) {
    const { dataset } = reacting;
    quick.hidePopover();
    openPicker(reacting, (emoji) => react(dataset.react, emoji));
  }
});

pop?.addEventListener("input", (event) => search(event.target.value));

pop?.addEventListener("keydown", (event) => {
  if (!event.key.startsWith("Arrow")) {
    const first = pop.querySelector(".emoji-grid button");
    if (event.key === "Enter" && event.target.matches("input") && first) {
      event.preventDefault();
      chosen(first.dataset.emojiChoice);
    }
    return;
  }
  const grid = pop.querySelector(".emoji-grid");
  if (grid.contains(event.target)) move(grid, event.key);
  else if (event.target.matches("input") && event.key === "ArrowDown") grid.firstElementChild?.focus();
  else return;
  event.preventDefault();
});
