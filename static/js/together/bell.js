// The bell: its number, its list, and what one says of oneself (here, away). The number comes live to all pages.
// The list is fetched when it is opened; a line opens its conversation, which reads it.

import { isPressed } from "../hand.js";
import { get, post } from "../http.js";

const bell = document.getElementById("bell");
const list = document.getElementById("bell-list");
const menu = document.getElementById("bell-menu");
let asked = 0; // only the answer to the last question counts

/** Show how many are unread, everywhere a page says so. */
function show(count) {
  bell.dataset.count = count;
  for (const one of document.querySelectorAll("[data-bell-count]")) {
    one.textContent = count > 99 ? "99+" : count;
    one.hidden = !count;
  }
  document.dispatchEvent(new CustomEvent("bell:counted", { detail: count }));
}

async function fetchLines(url) {
  try {
    const html = await (await get(url)).text();
    return document.createRange().createContextualFragment(html);
  } catch {
    return null; // Offline: the line at the top says so; opening the list again asks again.
  }
}

/** The newest lines; the focus stays, and what a pointer is down on waits. With `below`, so does what is unfolded below. */
async function fetchNewest({ below = false } = {}) {
  const mine = ++asked;
  const page = await fetchLines(list.dataset.url);
  if (page && isPressed(list)) await new Promise((go) => document.addEventListener("hand:released", go, { once: true }));
  if (!page || mine !== asked) return;
  if (below) keepBelow(page);
  const focused = list.contains(document.activeElement) && document.activeElement.id;
  list.replaceChildren(page);
  if (focused && focused !== list.id) (document.getElementById(focused) ?? list).focus({ preventScroll: true });
}

/** Put under the newest lines, which are `page`, what the list has beneath them. */
function keepBelow(page) {
  const last = [...page.querySelectorAll("[data-notification]")].at(-1);
  const lines = [...list.children];
  const at = lines.findIndex((line) => line.id === last?.id);
  const rest = at < 0 ? [] : lines.slice(at + 1);
  if (!rest.some((line) => line.matches("[data-notification]"))) return;
  page.querySelector("[data-older]")?.remove();
  page.append(...rest);
}

async function fetchOlder(button) {
  const page = await fetchLines(button.dataset.older);
  if (!page || !button.isConnected) return;
  const first = page.querySelector("[data-notification]");
  button.replaceWith(page);
  first?.focus();
}

function showAvailability(availability) {
  for (const one of document.querySelectorAll(".nav-foot [data-presence]")) one.dataset.presence = availability;
  for (const button of document.querySelectorAll("#availability button")) {
    button.setAttribute("aria-pressed", String(button.value === availability));
  }
}

menu.addEventListener("toggle", (event) => {
  if (event.newState === "open") fetchNewest();
});

// On a phone the bell is an entry of "More", which makes room for it.
document.getElementById("me-menu")?.addEventListener("click", (event) => {
  if (!event.target.closest('[popovertarget="bell-menu"]')) return;
  event.preventDefault();
  event.currentTarget.hidePopover();
  menu.showPopover();
});

list.addEventListener("click", (event) => {
  const older = event.target.closest("[data-older]");
  const line = event.target.closest("[data-notification]");
  if (older) fetchOlder(older);
  if (!line || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
  menu.hidePopover();
  const opens = new CustomEvent("conversation:wanted", { detail: line.dataset.notification, cancelable: true });
  if (!document.dispatchEvent(opens)) event.preventDefault(); // the inbox opens it without loading the page
});

// Forms whose answer is nothing: posted beside the page; without scripts they load it anew.
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("form[data-quiet]")) return;
  event.preventDefault();
  try {
    await post(form.getAttribute("action"), new FormData(form, event.submitter));
    if (event.submitter.name === "availability") showAvailability(event.submitter.value);
    else fetchNewest();
  } catch {
    // The page still shows what is true.
  }
});

document.addEventListener("told:notifications", ({ detail }) => show(detail.count));
document.addEventListener("told:notification", ({ detail }) => {
  show(detail.count);
  if (menu.matches(":popover-open")) fetchNewest({ below: true });
  // Only the server knows who is mentioned where.
  const panes = document.querySelector("main.panes");
  if (detail.kind === "mentioned" && panes?.dataset.view === "mentions") {
    window.htmx.trigger(document.querySelector(".list-search"), "submit");
  }
});
document.addEventListener("told:availability", ({ detail }) => showAvailability(detail.availability));
show(Number(bell.dataset.count));
