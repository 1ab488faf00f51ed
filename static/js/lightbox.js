// A picture, large: arrows, thumbnails and a swipe turn through the pictures of its set, Esc closes and gives the focus
// back (a <dialog> does). Larger still is lightbox-zoom.js's; "reply" quotes the picture's message.

import { isZoomed, onSwipe, resetZoom } from "./lightbox-zoom.js";
import { t } from "./strings.js";

const dialog = document.getElementById("lightbox");
const image = dialog.querySelector(".lightbox-stage img");
const strip = dialog.querySelector(".lightbox-strip");
const reply = dialog.querySelector("[data-reply]");
let links = [];
let index = 0;

/** The picture's message where it stands in the open thread, or null. */
function bubbleOf(link) {
  return link.closest(".msg") ?? document.getElementById(`message-${link.dataset.message}`);
}

/** Who sent it: a tile says so itself; of a bubble it is its author or the customer of the thread. */
function senderOf(link) {
  const bubble = link.closest(".msg");
  if (!bubble) return link.dataset.who ?? "";
  if (bubble.dataset.direction !== "inbound") return bubble.querySelector(".by")?.textContent.trim() ?? "";
  return document.querySelector("#thread-head h2")?.textContent.trim() ?? "";
}

/** "today, 09:20" in the agent's zone, which the ISO times of the page are written in. */
function sentWhen(link) {
  const iso = link.closest(".msg")?.dataset.at ?? link.dataset.sent ?? "";
  if (!iso) return "";
  const day = iso.slice(0, 10);
  const { lang, dataset } = document.documentElement;
  const isToday = day === (dataset.now ?? "").slice(0, 10);
  const date = new Intl.DateTimeFormat(lang, { day: "numeric", month: "long", year: "numeric" });
  return `${isToday ? t("today") : date.format(new Date(`${day}T12:00:00`))}, ${iso.slice(11, 16)}`;
}

function mayReply(link) {
  if (document.body.classList.contains("role-read_only")) return false;
  const button = bubbleOf(link)?.querySelector("[data-quote-this]");
  if (button) return document.getElementById("composer")?.dataset.state === "open";
  return Boolean(link.dataset.at) && link.hasAttribute("data-quotable");
}

function draw() {
  const link = links[index];
  const many = links.length > 1;
  resetZoom();
  image.src = link.href;
  image.alt = link.querySelector("img").alt;
  dialog.querySelector("[data-who]").textContent = senderOf(link);
  const place = many ? t("place_of", { number: index + 1, count: links.length }) : "";
  dialog.querySelector("[data-place]").textContent = [sentWhen(link), place].filter(Boolean).join(" · ");
  dialog.setAttribute("aria-label", many ? t("photo_of", { number: index + 1, count: links.length }) : image.alt);
  dialog.querySelector("[data-download]").href = link.href;
  reply.hidden = !mayReply(link);
  for (const button of dialog.querySelectorAll("[data-step]")) {
    button.hidden = !many;
    button.disabled = !links[index + Number(button.dataset.step)];
  }
  for (const [number, button] of [...strip.children].entries()) {
    if (number !== index) button.removeAttribute("aria-current");
    else button.setAttribute("aria-current", "true");
  }
  strip.children[index]?.scrollIntoView({ block: "nearest", inline: "center" });
}

function drawStrip() {
  strip.hidden = links.length < 2;
  if (strip.hidden) return strip.replaceChildren();
  strip.replaceChildren(...links.map((link, number) => {
    const button = document.createElement("button");
    const small = new Image(56, 40);
    Object.assign(small, { alt: "", loading: "lazy", decoding: "async", src: link.querySelector("img").src });
    button.type = "button";
    button.setAttribute("aria-label", t("photo_number", { number: number + 1 }));
    button.append(small);
    return button;
  }));
}

function turnTo(place) {
  const hadFocus = document.activeElement;
  if (!links[place] || place === index) return;
  index = place;
  draw();
  // An arrow that has nowhere to go loses the focus: its sister takes it.
  if (hadFocus?.disabled) dialog.querySelector("[data-step]:enabled").focus();
}

/** Quote the picture's message here, or where it stands. */
function answer() {
  const link = links[index];
  const button = bubbleOf(link)?.querySelector("[data-quote-this]");
  dialog.close();
  if (button) button.click();
  else location.assign(`${link.dataset.at}#quote-${link.dataset.message}`);
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-lightbox]");
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  const set = link.closest("[data-lightbox-set]") ?? document.getElementById("items");
  links = [...set.querySelectorAll("a[data-lightbox]")];
  index = links.indexOf(link);
  dialog.showModal();
  drawStrip();
  draw();
});

dialog.addEventListener("click", (event) => {
  const step = event.target.closest("[data-step]");
  const small = event.target.closest(".lightbox-strip button");
  if (step) turnTo(index + Number(step.dataset.step));
  else if (small) turnTo([...strip.children].indexOf(small));
  else if (event.target.closest("[data-reply]")) answer();
  else if (event.target.closest("[data-close]") || event.target === dialog) dialog.close();
});

dialog.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || isZoomed()) return; // arrows move a large picture
  const places = { ArrowLeft: index - 1, ArrowRight: index + 1, Home: 0, End: links.length - 1 };
  if (!(event.key in places)) return;
  event.preventDefault();
  turnTo(places[event.key]);
});

onSwipe((by) => turnTo(index + by));

dialog.addEventListener("close", () => {
  resetZoom();
  image.removeAttribute("src");
  strip.replaceChildren();
  // The bubble may have been drawn anew meanwhile: then nobody has the focus.
  const link = links[index];
  if (document.activeElement === document.body && link) {
    (link.isConnected ? link : document.querySelector(`a[data-lightbox][href="${link.getAttribute("href")}"]`))?.focus();
  }
});
