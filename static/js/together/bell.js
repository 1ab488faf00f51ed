// The bell: its number, its list, and what one says of oneself (here, away). The number comes live to all pages.
// The list is fetched when it is opened; a line opens its conversation, which reads it.

import { get, post } from "../http.js";

const bell = document.getElementById("bell");
const list = document.getElementById("bell-list");
const menu = document.getElementById("bell-menu");

/** Show how many are unread, everywhere a page says so. */
function show(count) {
  bell.dataset.count = count;
  for (const one of document.querySelectorAll("[data-bell-count]")) {
    one.textContent = count > 99 ? "99+" : count;
    one.hidden = !count;
  }
  document.dispatchEvent(new CustomEvent("bell:counted", { detail: count }));
}

async function fetchList(url = list.dataset.url) {
  try {
    const html = await (await get(url)).text();
    list.querySelector("[data-older]")?.remove();
    if (url === list.dataset.url) list.innerHTML = html;
    else list.insertAdjacentHTML("beforeend", html);
  } catch {
    // Offline: the line at the top says so; opening the list again asks again.
  }
}

function showAvailability(availability) {
  for (const one of document.querySelectorAll(".nav-foot [data-presence]")) one.dataset.presence = availability;
  for (const button of document.querySelectorAll("#availability button")) {
    button.setAttribute("aria-pressed", String(button.value === availability));
  }
}

menu.addEventListener("toggle", (event) => {
  if (event.newState === "open") fetchList();
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
  if (older) fetchList(older.dataset.older);
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
    else fetchList();
  } catch {
    // The page still shows what is true.
  }
});

document.addEventListener("told:notifications", ({ detail }) => show(detail.count));
document.addEventListener("told:notification", ({ detail }) => {
  show(detail.count);
  if (menu.matches(":popover-open")) fetchList();
  // Only the server knows who is mentioned where.
  const panes = document.querySelector("main.panes");
  if (detail.kind === "mentioned" && panes?.dataset.view === "mentions") {
    window.htmx.trigger(document.querySelector(".list-search"), "submit");
  }
});
document.addEventListener("told:availability", ({ detail }) => showAvailability(detail.availability));
show(Number(bell.dataset.count));
