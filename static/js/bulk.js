// Many at once: "x", a tick box or Shift with the hand or j/k select; the bar posts what is to be done with them, or
// with everything the list holds. What is selected stays so while rows move.

import { get, post } from "./http.js";
import { t } from "./strings.js";

const bar = document.getElementById("bulk-bar");
const list = document.getElementById("rows");
const panes = document.querySelector("main.panes");
const begin = document.getElementById("bulk-begin");
const runs = document.getElementById("bulk-runs");
const picked = new Set();
let last; // where a range begins
let everything = false;
let choosing = false; // on a touch screen: boxes are shown before one is ticked

const boxes = () => [...list.querySelectorAll(':scope > li > .conv-pick input')];

function rowOf(target) {
  return target?.closest?.("#rows > [data-conversation]");
}

function set(row, on) {
  everything = false;
  if (on) picked.add(row.dataset.conversation);
  else picked.delete(row.dataset.conversation);
  last = row.dataset.conversation;
}

/** Select from where the last one was picked up to `row`. */
function setTo(row) {
  const all = [...list.querySelectorAll(":scope > [data-conversation]")];
  const to = all.indexOf(row);
  const begun = all.findIndex(({ dataset }) => dataset.conversation === last);
  const from = begun < 0 ? to : begun; // nothing was picked before: this one alone
  if (begun < 0) last = row.dataset.conversation;
  for (const one of all.slice(Math.min(from, to), Math.max(from, to) + 1)) picked.add(one.dataset.conversation);
  everything = false;
}

function draw() {
  for (const box of boxes()) box.checked = everything || picked.has(box.value);
  const count = everything ? total() : picked.size;
  bar.hidden = !count && !everything;
  panes.classList.toggle("selecting", choosing || !bar.hidden);
  begin.setAttribute("aria-pressed", String(choosing || !bar.hidden));
  document.getElementById("bulk-count").textContent = t("selected", { count });
  const shown = boxes().length;
  const all = document.getElementById("bulk-all");
  all.checked = shown > 0 && boxes().every(({ checked }) => checked);
  all.indeterminate = !all.checked && picked.size > 0;
  const every = document.getElementById("bulk-every");
  every.hidden = everything || !(Number(total().replace(/\D/g, "")) > picked.size) || !list.querySelector(":scope > .more");
  every.textContent = t("all_of", { count: total() });
}

/** How many the list holds, as its head says. */
function total() {
  return document.querySelector("#list .pane-bar [data-count]").textContent.trim();
}

function end() {
  const hadFocus = bar.contains(document.activeElement);
  const last = hadFocus && document.getElementById(`conversation-${[...picked].at(-1)}`);
  picked.clear();
  everything = choosing = false;
  draw();
  if (last) last.querySelector(".conv").focus();
}

async function act(key, fields) {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.append(name, value);
  if (everything) {
    data.append("all", "1");
    data.append("words", panes.dataset.words);
  } else for (const id of picked) data.append("ids", id);
  await send(key, data);
}

async function send(key, data) {
  try {
    show(await (await post(`/bulk/${key}/begin/`, data, { patience: 120_000 })).text());
  } catch (refusal) {
    const note = document.createElement("p");
    note.className = "notice notice-danger";
    note.textContent = refusal.message || t("went_wrong");
    runs.replaceChildren(note);
  }
}

function show(html) {
  runs.querySelector("[data-bulk-confirm], .notice-danger")?.remove();
  runs.insertAdjacentHTML("afterbegin", html);
  const shown = runs.firstElementChild;
  window.htmx.process(shown);
  if (shown.matches("[data-bulk-confirm]")) shown.querySelector(".btn-primary").focus();
  else end();
}

/** What has ended and left nothing goes by itself, unless the hand or the focus is on it. */
function goes() {
  for (const item of runs.querySelectorAll("[data-goes]:not([data-going])")) {
    item.dataset.going = "true";
    const leave = () => {
      if (item.matches(":hover, :focus-within")) setTimeout(leave, 2_000);
      else item.remove();
    };
    setTimeout(leave, Number(item.dataset.goes) * 1_000);
  }
}

if (bar) {
  begin.addEventListener("click", () => {
    if (choosing || !bar.hidden) return end();
    choosing = true;
    draw();
  });
  goes();
  new MutationObserver(goes).observe(runs, { childList: true });
  list.addEventListener("click", (event) => {
    const row = rowOf(event.target);
    if (!row) return;
    const box = event.target.closest(".conv-pick input");
    if (box) {
      if (event.shiftKey) setTo(row);
      else set(row, box.checked);
      draw();
    } else if (event.shiftKey && event.target.closest(".conv")) {
      event.preventDefault();
      setTo(row);
      draw();
    }
  });
  document.addEventListener("bulk:pick", () => {
    const row = rowOf(document.activeElement) ?? list.querySelector(":scope > li:has([aria-current])");
    if (!row) return;
    set(row, !picked.has(row.dataset.conversation));
    draw();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.defaultPrevented && !bar.hidden && !document.querySelector("dialog[open], details.menu[open]")) end();
    const row = event.shiftKey && /^[jk]$/i.test(event.key) && rowOf(document.activeElement);
    if (!row) return;
    // keys.js has moved the focus on already.
    setTo(row);
    draw();
  });
  document.getElementById("bulk-all").addEventListener("change", ({ target }) => {
    everything = false;
    for (const { value } of boxes()) {
      if (target.checked) picked.add(value);
      else picked.delete(value);
    }
    draw();
  });
  document.getElementById("bulk-every").addEventListener("click", () => {
    everything = true;
    draw();
  });
  document.getElementById("bulk-end").addEventListener("click", end);
  bar.addEventListener("click", (event) => {
    const button = event.target.closest("[data-bulk]");
    if (button) act(button.dataset.bulk, {});
    const choice = event.target.closest("[data-name]");
    if (choice) act(choice.closest("[data-bulk-menu]").dataset.bulkMenu, { [choice.dataset.name]: choice.dataset.value });
  });
  for (const menu of bar.querySelectorAll("[data-bulk-menu]")) {
    menu.addEventListener("toggle", async () => {
      const pop = menu.querySelector(".pop");
      if (!menu.open || pop.dataset.filled) return;
      const html = await (await get(pop.dataset.menuUrl)).text().catch(() => "");
      if (pop.dataset.filled) return;
      pop.dataset.filled = "1";
      pop.insertAdjacentHTML("beforeend", html);
      pop.querySelector("button")?.focus();
    });
  }
  runs.addEventListener("submit", (event) => {
    const form = event.target.closest("[data-bulk-confirm]");
    if (!form) return;
    event.preventDefault();
    send(form.dataset.bulkConfirm, new FormData(form));
  });
  runs.addEventListener("click", (event) => {
    if (event.target.closest("[data-bulk-cancel]")) event.target.closest("[data-bulk-confirm]").remove();
    const dismiss = event.target.closest("[data-dismiss]");
    if (dismiss) document.querySelector(dismiss.dataset.dismiss)?.remove();
  });
  document.addEventListener("conversation:shown", draw);
  new MutationObserver(draw).observe(list, { childList: true });
}
