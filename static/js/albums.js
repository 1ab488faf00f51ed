// Pictures that one person sent in one go stand beside each other, as in WhatsApp. Each stays a message of its
// own, with its time, tick and reactions: only a box is put around them, and taken away when one stops fitting.

import { element } from "./http.js";

const TOGETHER_MS = 60_000;
const TILES = 4;

function fits(item) {
  return item.matches("article.msg:not(.msg-failed, .msg-unconfirmed, .gone)")
    && item.querySelector(":scope > .bubble > .pic-link")
    && !item.querySelector(".quote, .origin");
}

function belong(one, other) {
  const by = (item) => `${item.dataset.direction} ${item.querySelector(".by")?.textContent ?? ""}`;
  return by(one) === by(other) && Math.abs(Date.parse(other.dataset.at) - Date.parse(one.dataset.at)) <= TOGETHER_MS;
}

function words(item) {
  return item.querySelector(":scope > .bubble > .text");
}

/** What stands in the thread, and which pictures in a row belong together (two or more, one caption at most). */
function runs(box) {
  const items = [...box.children].flatMap((child) => (child.matches(".album-set") ? [...child.querySelectorAll("article")] : [child]));
  const found = [];
  let run = [];
  const close = () => {
    if (run.length > 1) found.push(run);
    run = [];
  };
  for (const item of items) {
    if (!fits(item)) close();
    else {
      const captions = [...run, item].filter(words).length;
      if (run.length && (!belong(run.at(-1), item) || captions > 1)) close();
      run.push(item);
    }
  }
  close();
  return found;
}

function draw(set, run) {
  const last = run.at(-1);
  set.dataset.at = last.dataset.at;
  set.classList.toggle("album-out", last.dataset.direction === "outbound");
  for (const link of set.querySelectorAll("[data-more]")) delete link.dataset.more;
  if (run.length > TILES) run[TILES - 1].querySelector(".pic-link").dataset.more = `+ ${run.length - TILES}`;
  const said = run.map(words).find(Boolean);
  set.querySelector(".album-caption")?.remove();
  if (!said) return;
  const caption = element('<div class="album-caption"></div>');
  caption.append(...said.cloneNode(true).childNodes);
  set.append(caption);
}

/** Bring the albums in `box` up to its items. What already stands right is not moved, so it keeps its focus. */
export function group(box) {
  const wanted = runs(box);
  for (const set of box.querySelectorAll(":scope > .album-set")) {
    const items = [...set.querySelectorAll(":scope > article")];
    const isWhole = wanted.some((run) => items.every((item) => run.includes(item)));
    if (!isWhole || !items.length) set.replaceWith(...items);
  }
  for (const run of wanted) {
    let set = run.map((item) => item.closest(".album-set")).find(Boolean);
    if (!set) {
      set = element('<div class="album-set"></div>');
      run[0].before(set);
    }
    run.forEach((item, place) => {
      if (set.children[place] !== item) set.insertBefore(item, set.children[place] ?? null);
    });
    draw(set, run);
  }
  for (const set of box.querySelectorAll(":scope > .album-set:not(:has(> article))")) set.remove();
}
