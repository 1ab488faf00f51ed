// The menus over the thread: fetched when opened, walked by arrows, narrowed by typing, done by Enter, left by Esc.
// What is refused is said in the menu, which stays open with what was typed; afterwards the focus is where it was.

import { element, get, post } from "./http.js";
import { fetchAgain } from "./parts.js";
import { openConversation } from "./thread.js";
import { t } from "./strings.js";

const typedNotes = new Map(); // conversation → a handover note that has not gone yet
let cameFrom = null; // what opened the menu from elsewhere

const head = () => document.getElementById("thread-head");
const items = (menu) => [...menu.querySelectorAll(".pop .pop-i")].filter((one) => one.checkVisibility());
const marked = (menu) => menu.querySelector(".pop-i[data-marked]");

function mark(menu, item) {
  for (const one of menu.querySelectorAll("[data-marked]")) one.removeAttribute("data-marked");
  item?.setAttribute("data-marked", "");
  item?.scrollIntoView({ block: "nearest" });
  const query = menu.querySelector("[data-menu-query]");
  if (item?.id) query?.setAttribute("aria-activedescendant", item.id);
  else query?.removeAttribute("aria-activedescendant");
}

/** Show what fits the query; the first of it is marked. */
function narrow(menu) {
  const query = menu.querySelector("[data-menu-query]");
  const wanted = query.value.trim().toLocaleLowerCase();
  let exact = false;
  for (const item of menu.querySelectorAll("[data-find]")) {
    const name = item.dataset.find.toLocaleLowerCase();
    item.hidden = !name.includes(wanted);
    exact ||= name === wanted;
  }
  const create = menu.querySelector("[data-create]");
  if (create) {
    create.hidden = !wanted || exact;
    create.value = query.value.trim();
    create.querySelector("[data-create-name]").textContent = query.value.trim();
    menu.querySelector("[data-create-hues]").hidden = create.hidden;
  }
  const found = items(menu);
  menu.querySelector("[data-menu-none]").hidden = found.length > 0;
  mark(menu, found[0]);
}

function fill(menu, html) {
  menu.querySelector(".pop").innerHTML = html;
  const note = menu.querySelector("[name=note]");
  if (note) note.value = typedNotes.get(openConversation()) ?? "";
  if (menu.querySelector("[data-menu-query]")) narrow(menu);
}

function focusFirst(menu) {
  (menu.querySelector("[data-menu-query]") ?? menu.querySelector(".pop-i[aria-current]") ?? items(menu)[0])?.focus();
}

async function opened(menu) {
  for (const other of document.querySelectorAll("details.menu[open]")) if (other !== menu) other.open = false;
  if (menu.dataset.menuUrl) {
    try {
      fill(menu, await (await get(menu.dataset.menuUrl)).text());
    } catch (refusal) {
      menu.open = false;
      say(refusal.message || t("went_wrong"));
      return;
    }
  }
  if (menu.open) focusFirst(menu);
}

document.addEventListener("toggle", ({ target }) => {
  if (!target.matches?.("details.menu")) return;
  if (!target.open) document.dispatchEvent(new CustomEvent("menu:closed"));
  else if (target.dataset.menu) opened(target);
}, true);

/** Give the focus back to what opened `menu`. */
function leave(menu) {
  menu.open = false;
  const opener = [cameFrom, menu.querySelector("summary")].find((one) => one?.isConnected && one.checkVisibility());
  (opener ?? head()?.querySelector("[data-menu=more] > summary"))?.focus();
  cameFrom = null;
}

function openMenu(name, from) {
  const menu = head()?.querySelector(`[data-menu="${name}"]`);
  if (!menu) return;
  cameFrom = from?.closest("[data-menu=more]")?.querySelector("summary") ?? from ?? null;
  menu.open = true;
}

function say(words, menu) {
  const box = menu?.querySelector("[data-menu-error]") ?? head()?.querySelector(".head-said");
  if (!box) return;
  box.hidden = !words;
  box.querySelector("span").textContent = words;
}

/** Post; the answer is the head as it stands now, or the menu itself where it `stays`. */
async function act(url, fields, { menu = null, stays = false, key = "" } = {}) {
  say("", menu);
  let response;
  try {
    response = await post(url, fields);
  } catch (refusal) {
    if (refusal.code === "reason_required") openMenu("reasons", document.activeElement);
    else say(refusal.message || t("went_wrong"), menu);
    return;
  }
  const elsewhere = response.headers.get("HX-Redirect");
  if (elsewhere) {
    typedNotes.delete(openConversation());
    location.assign(elsewhere + location.search);
    return;
  }
  const html = await response.text();
  if (stays) again(menu, html);
  else replaceHead(html, menu, key);
}

/** The menu drawn anew where it stands, with the same entry marked. */
function again(menu, html) {
  const place = items(menu).indexOf(marked(menu));
  fill(menu, html);
  const query = menu.querySelector("[data-menu-query]");
  query?.focus();
  mark(menu, items(menu)[place] ?? items(menu)[0]);
  fetchAgain(document.getElementById("labels"));
}

function replaceHead(html, menu, key) {
  const fresh = element(html);
  const old = head();
  if (fresh?.id !== "thread-head" || !old) return;
  if (old.getAttribute("hx-get") !== fresh.getAttribute("hx-get")) return; // another conversation by now
  if (menu?.dataset.menu === "assign") typedNotes.delete(openConversation());
  const hadFocus = old.contains(document.activeElement) || document.activeElement === document.body;
  const wanted = key || menu?.querySelector("summary")?.dataset.key || "e";
  old.replaceWith(fresh);
  window.htmx.process(fresh);
  if (hadFocus) [...fresh.querySelectorAll(`[data-key="${wanted}"], [data-menu=more] > summary, [data-key=a]`)]
    .find((one) => one.checkVisibility())?.focus();
  document.dispatchEvent(new CustomEvent("menu:closed"));
}

// A head that is fetched anew leaves the focus on the button it was on.
let hadFocus = "";
document.addEventListener("htmx:before:swap", () => {
  hadFocus = document.activeElement?.closest?.("#thread-head [data-key]")?.dataset.key ?? "";
});
document.addEventListener("htmx:after:swap", () => {
  if (hadFocus && document.activeElement === document.body) head()?.querySelector(`[data-key="${hadFocus}"]`)?.focus();
  hadFocus = "";
});

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-act]");
  if (button) {
    const fields = button.dataset.name ? { [button.dataset.name]: button.value } : {};
    const menu = button.closest("details.menu[data-menu]");
    if (button.dataset.then === "labels") await takeOff(button, fields);
    else await act(button.dataset.act, fields, { menu, key: button.dataset.key });
  }
  const opener = event.target.closest("[data-open-menu]");
  if (opener) {
    event.preventDefault();
    // After the click has closed what it came from; a drawer with the contact would cover the menu.
    setTimeout(() => openMenu(opener.dataset.openMenu, opener));
  }
});

/** The × in the contact pane: the next label, or "Set", has the focus then. */
async function takeOff(button, fields) {
  button.disabled = true;
  try {
    await post(button.dataset.act, fields);
  } catch (refusal) {
    button.disabled = false;
    say(refusal.message || t("went_wrong"));
    return;
  }
  document.addEventListener("htmx:after:swap", () => document.querySelector("#labels button")?.focus(), { once: true });
  fetchAgain(document.getElementById("labels"));
}

document.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-menu-form]");
  if (!form) return;
  event.preventDefault();
  const menu = form.closest("details.menu");
  const fields = new FormData(form);
  if (event.submitter?.name) fields.set(event.submitter.name, event.submitter.value);
  act(form.getAttribute("action"), fields, { menu, stays: form.hasAttribute("data-stays") });
});

function move(menu, by) {
  const all = items(menu);
  const query = menu.querySelector("[data-menu-query]");
  const from = query ? all.indexOf(marked(menu)) : all.indexOf(document.activeElement);
  const next = all[(from + by + all.length) % all.length];
  if (query) mark(menu, next);
  else next?.focus();
}

document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.("details.menu[data-menu][open]");
  if (!menu || event.isComposing) return;
  const isQuery = event.target.matches("[data-menu-query]");
  const isNote = event.target.matches("textarea");
  const done = event.key === "Enter" && (isQuery || (isNote && !event.shiftKey));
  const toggles = event.key === " " && isQuery && !event.target.value && menu.querySelector("[data-stays]");
  if (event.key === "Escape") {
    leave(menu);
  } else if (done || toggles) {
    marked(menu)?.click();
    if (isQuery && menu.querySelector("[data-stays]")) event.target.value = "";
  } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && !isNote && event.target.type !== "datetime-local" && event.target.type !== "radio") {
    move(menu, event.key === "ArrowDown" ? 1 : -1);
  } else if (event.key === "Enter" && event.target.type === "datetime-local") {
    menu.querySelector("[data-default]").click();
  } else return;
  event.preventDefault();
  event.stopPropagation();
});

document.addEventListener("input", ({ target }) => {
  const menu = target.closest?.("details.menu[data-menu]");
  if (!menu) return;
  if (target.matches("[data-menu-query]")) narrow(menu);
  if (target.name === "note") typedNotes.set(openConversation(), target.value);
  const hint = menu.querySelector("[data-window-hint]");
  // Both are in the agent's own zone, and ISO times compare as words.
  if (hint && target.name === "at") hint.hidden = !target.dataset.windowEnds || target.value <= target.dataset.windowEnds;
});
