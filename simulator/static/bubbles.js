// Draws messages as bubbles, by type. A bubble is drawn anew whenever its message changes.

import { attempt, complain, el, facts, icon, own, post, say, t } from "./dom.js";
import { clockTime, formatted } from "./text.js";
import { offerParts, templateParts } from "./offers.js";

export const EMOJI = ["👍", "❤️", "😂", "😮", "😢", "🙏"];
const FILES = new Set(["image", "video", "audio", "document", "sticker"]);
const FORWARDABLE = new Set([...FILES, "text", "location", "contacts"]);
const EDITABLE_S = 15 * 60;
const REVOCABLE_S = 2 * 86400;
const TICKS = { sent: "check", delivered: "checks", read: "checks" };

/** The <article> of a message. `actions.quote(message)` starts a reply. */
export function bubble(message, actions) {
  const mine = message.direction === "inbound";
  const node = el("article", {
    class: mine ? "msg msg-out" : "msg",
    "data-wamid": message.wamid,
    "data-status": message.status,
    "data-type": message.type,
  });
  node.message = message;
  node.append(body(message, mine), actButton(node, actions), ...reactions(message));
  return node;
}

function reactions(message) {
  const emoji = Object.values(message.reactions);
  return emoji.length ? [el("span", { class: "react", role: "img", "aria-label": t("reaction", { emoji: emoji.join(" ") }) }, emoji.join(""))] : [];
}

/**
 * Bring a drawn message up to date in place, so that a player goes on and an open menu stays open.
 * False when more than status and reactions changed: then it is to be drawn anew.
 */
export function update(node, message) {
  const rest = ({ status: _status, reactions: _reactions, error: _error, ...others }) => JSON.stringify(others);
  if (rest(node.message) !== rest(message)) return false;
  const reacted = JSON.stringify(node.message.reactions) !== JSON.stringify(message.reactions);
  node.message = message;
  node.dataset.status = message.status;
  node.querySelector(".meta").replaceWith(meta(message, message.direction === "inbound"));
  if (reacted) {
    const focused = node.contains(document.activeElement);
    for (const old of node.querySelectorAll(".react, .act-menu")) old.remove();
    const button = node.querySelector(".act");
    button.setAttribute("aria-expanded", "false");
    if (focused) button.focus({ preventScroll: true });
    node.append(...reactions(message));
  }
  return true;
}

function body(message, mine) {
  if (message.revoked) return el("div", { class: "bubble" }, el("i", { class: "words gone" }, t("deleted")), meta(message, mine));
  const parts = message.view ? templateParts(message) : (DRAW[message.type] ?? unknownParts)(message);
  const box = el("div", { class: `bubble${parts.classes ?? ""}` });
  if (message.echo) box.append(el("span", { class: "origin" }, icon("device-mobile"), t("from_app")));
  if (message.forwarded) box.append(el("span", { class: "origin" }, icon("corner-up-right-double"), t("forwarded")));
  if (message.quote) box.append(quote(message.quote));
  box.append(...(parts.nodes ?? []), meta(message, mine), ...(parts.after ?? []));
  return box;
}

function meta(message, mine) {
  const name = TICKS[message.status];
  return el("span", { class: "meta" }, message.edited && !message.revoked ? t("edited") : null,
    el("time", { datetime: new Date(message.timestamp * 1000).toISOString() }, clockTime(message.timestamp)),
    mine && name ? icon(name, `i tick tick-${message.status}`, t(`tick_${message.status}`)) : null);
}

function quote(quoted) {
  return el("a", { class: "quote", href: `#${quoted.wamid}`, "data-jump": quoted.wamid },
    el("span", {}, el("b", {}, quoted.direction === "inbound" ? t("you") : facts.business), quotedText(quoted)));
}

/** A quoted message in a few words. */
export function quotedText(quoted) {
  const words = { image: "picture", audio: "voice_note", document: "file", video: "video", location: "location", contacts: "contact", sticker: "sticker" };
  return quoted.text || t(words[quoted.type] ?? "message");
}

export function words(text) {
  return text ? [el("span", { class: "words" }, ...formatted(text))] : [];
}

// --- by type ---

export function source(content) {
  return content.id ? `/phone/media/${encodeURIComponent(content.id)}` : null;
}

export function mediaFile(content, label, symbol) {
  const href = source(content) ?? content.link;
  return el("a", { class: "doc", href, target: "_blank", rel: "noopener noreferrer" },
    icon(symbol), el("span", {}, content.filename ?? label, el("small", {}, content.mime_type ?? "")));
}

export const DRAW = {
  text: ({ content }) => ({ nodes: words(content.body ?? "") }),
  image: ({ content }) => picture(content, (src) => el("img", { src, alt: content.caption || t("picture"), loading: "lazy" })),
  video: ({ content }) => picture(content, (src) => el("video", { src, controls: true, preload: "metadata", "aria-label": content.caption || t("video") })),
  sticker: ({ content }) => ({ classes: " bare", nodes: source(content) ? [el("img", { class: "sticker-img", src: source(content), alt: t("sticker") })] : [t("sticker")] }),
  document: ({ content }) => ({ nodes: [mediaFile(content, t("file"), "file-text"), ...words(content.caption)] }),
  audio(message) {
    const src = source(message.content);
    if (!src) return { nodes: [mediaFile(message.content, t("voice_note"), "music")] };
    const player = el("audio", { src, controls: true, preload: "metadata", "aria-label": t("voice_note") });
    if (message.direction === "outbound" && message.content.voice) {
      player.addEventListener("play", () => post(own("played"), { wamid: message.wamid }).catch(() => {}), { once: true });
    }
    return { nodes: [player] };
  },
  location: ({ content }) => ({
    nodes: [el("span", { class: "inset" }, el("span", { class: "inset-art" }, icon("map-pin")),
      el("span", {}, el("b", {}, content.name ?? t("location")), el("small", {}, content.address ?? `${content.latitude}, ${content.longitude}`)))],
  }),
  contacts: ({ content }) => ({
    nodes: (content.contacts ?? []).map((card) => el("span", { class: "inset" }, el("span", { class: "inset-art" }, icon("user")),
      el("span", {}, el("b", {}, card.name?.formatted_name ?? t("contact")), el("small", {}, card.phones?.[0]?.phone ?? "")))),
  }),
  button: ({ content }) => ({ nodes: words(content.text ?? content.payload ?? "") }),
  interactive: (message) => (message.direction === "inbound" ? answerParts(message) : offerParts(message)),
  order: ({ content }) => ({
    nodes: [el("span", { class: "inset" }, el("span", { class: "inset-art" }, icon("list")),
      el("span", {}, el("b", {}, t("order")), el("small", {}, (content.product_items ?? []).map((item) => t("pieces", { count: item.quantity, name: item.product_retailer_id })).join(", ")))),
    ...words(content.text ?? "")],
  }),
};

function unknownParts({ type }) {
  return { nodes: [el("i", {}, t("unknown", { type }))] };
}

function picture(content, draw) {
  const src = source(content);
  if (!src) return { nodes: [mediaFile(content, t("picture"), "photo"), ...words(content.caption)] };
  const caption = content.caption ? el("figcaption", {}, ...words(content.caption)) : null;
  return { classes: " pic", nodes: [el("figure", {}, draw(src), caption)] };
}

/** What was filled in, without the token. */
function answersOf(reply) {
  try {
    const { flow_token: _token, ...answers } = JSON.parse(reply.response_json);
    return Object.values(answers).filter((each) => typeof each === "string").join(" · ");
  } catch {
    return reply.body ?? "";
  }
}

function answerParts({ content }) {
  const call = content.call_permission_reply;
  if (call) return { nodes: words(t(call.response === "accept" ? "calls_allowed" : "calls_declined")) };
  if (content.nfm_reply) {
    return { nodes: [el("span", { class: "inset" }, el("span", { class: "inset-art" }, icon("forms")),
      el("span", {}, el("b", {}, t("answer_sent")), el("small", {}, answersOf(content.nfm_reply))))] };
  }
  const reply = content.button_reply ?? content.list_reply;
  if (!reply) return unknownParts({ type: content.type });
  return { nodes: [...words(reply.title), reply.description ? el("small", { class: "foot-s" }, reply.description) : null].filter(Boolean) };
}

// --- react and reply ---

function closeMenus() {
  for (const other of document.querySelectorAll(".act-menu")) other.remove();
  for (const other of document.querySelectorAll(".act")) other.setAttribute("aria-expanded", "false");
}

/** Delete for everyone; most business numbers are not told. */
async function takeBack(message) {
  const answer = await attempt(() => post(own("revoke"), { wamid: message.wamid }));
  if (answer && !answer.told) complain(t("not_told"), true);
}

function actButton(node, actions) {
  const button = el("button", { class: "act", type: "button", "aria-label": t("actions"), "aria-expanded": "false" }, icon("mood-plus"));
  button.addEventListener("click", () => {
    const open = node.querySelector(".act-menu");
    closeMenus();
    if (open) return;
    button.setAttribute("aria-expanded", "true");
    const menu = actMenu(node.message, actions);
    node.append(menu);
    menu.scrollIntoView({ block: "nearest" });
    menu.querySelector("button").focus({ preventScroll: true });
  });
  return button;
}

function actMenu(message, actions) {
  const current = message.reactions.customer;
  const react = (emoji) => attempt(() => say({ type: "reaction", message_id: message.wamid, emoji }));
  const mine = message.direction === "inbound" && !message.revoked;
  const age = actions.now() - message.timestamp;
  const item = (name, word, act) => el("button", { type: "button", class: "with-word", onclick: () => { closeMenus(); act(); } }, icon(name), word);
  return el("div", { class: "act-menu", role: "group", "aria-label": t("actions") },
    EMOJI.map((emoji) => el("button", {
      type: "button", "aria-label": emoji === current ? t("unreact") : t("react", { emoji }),
      "aria-pressed": String(emoji === current), onclick: () => react(emoji === current ? "" : emoji),
    }, el("span", { class: "e", "aria-hidden": "true" }, emoji))),
    item("corner-up-left", t("reply"), () => actions.quote(message)),
    FORWARDABLE.has(message.type) && !message.revoked && (message.content.id || !FILES.has(message.type)) ? item("corner-up-right-double", t("forward"), () => actions.forward(message)) : null,
    mine && age < EDITABLE_S && (message.type === "text" || message.content.caption) ? item("pencil", t("edit"), () => actions.edit(message)) : null,
    mine && age < REVOCABLE_S ? item("trash", t("delete"), () => takeBack(message)) : null);
}
