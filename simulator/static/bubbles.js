// Draws messages as bubbles, by type. A bubble is drawn anew whenever its message changes.

import { attempt, el, facts, icon, own, post, t } from "./dom.js";
import { clockTime, formatted } from "./text.js";
import { choose } from "./choices.js";

export const EMOJI = ["👍", "❤️", "😂", "😮", "😢", "🙏"];
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
  const parts = message.view ? templateParts(message) : (DRAW[message.type] ?? unknownParts)(message);
  const box = el("div", { class: `bubble${parts.classes ?? ""}` });
  if (message.forwarded) box.append(el("span", { class: "origin" }, icon("corner-up-right-double"), t("forwarded")));
  if (message.quote) box.append(quote(message.quote));
  box.append(...(parts.nodes ?? []), meta(message, mine), ...(parts.after ?? []));
  return box;
}

function meta(message, mine) {
  const name = TICKS[message.status];
  return el("span", { class: "meta" },
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

function words(text) {
  return text ? [el("span", { class: "words" }, ...formatted(text))] : [];
}

// --- by type ---

function source(content) {
  return content.id ? `/phone/media/${encodeURIComponent(content.id)}` : null;
}

function mediaFile(content, label, symbol) {
  const href = source(content) ?? content.link;
  return el("a", { class: "doc", href, target: "_blank", rel: "noopener noreferrer" },
    icon(symbol), el("span", {}, content.filename ?? label, el("small", {}, content.mime_type ?? "")));
}

const DRAW = {
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
  order: () => ({ nodes: [el("span", { class: "doc" }, icon("list"), t("order"))] }),
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

function answerParts({ content }) {
  const reply = content.button_reply ?? content.list_reply;
  if (!reply) return unknownParts({ type: content.type });
  return { nodes: [...words(reply.title), reply.description ? el("small", { class: "foot-s" }, reply.description) : null].filter(Boolean) };
}

// --- what the business offers to press ---

function press(label, symbol, act) {
  return el("button", { class: "tpl-btn", type: "button", onclick: () => attempt(act) }, symbol ? icon(symbol, "i i-s") : null, label);
}

function answer(message, body) {
  return post(own("messages"), { ...body, reply_to: message.wamid });
}

function linkButton(label, href) {
  return el("a", { class: "tpl-btn", href, target: "_blank", rel: "noopener noreferrer" }, icon("external-link", "i i-s"), label);
}

function head(header) {
  if (!header) return [];
  if (header.text) return [el("b", { class: "words" }, `${header.text}\n`)];
  const kind = header.format ? header.format.toLowerCase() : header.type;
  const content = header.media ?? header[kind] ?? {};
  const src = source(content);
  if (kind === "image" && src) return [el("img", { class: "head-img", src, alt: t("picture") })];
  if (kind === "video" && src) return [el("video", { src, controls: true, class: "head-img", "aria-label": t("video") })];
  if (kind === "location") return DRAW.location({ content }).nodes;
  return [mediaFile(content, t(kind === "document" ? "file" : "picture"), kind === "document" ? "file-text" : "photo")];
}

function foot(text) {
  return text ? [el("small", { class: "foot-s" }, text)] : [];
}

function offerParts(message) {
  const { content } = message;
  const action = content.action ?? {};
  const nodes = [...head(content.header), ...words(content.body?.text ?? ""), ...foot(content.footer?.text)];
  const after = [];
  if (content.type === "button") {
    for (const { reply } of action.buttons ?? []) {
      after.push(press(reply.title, "arrow-back-up", () => answer(message, { type: "interactive", button_reply: reply })));
    }
  } else if (content.type === "list") {
    after.push(press(action.button, "list", async () => {
      const row = await choose(action.button, action.sections ?? []);
      if (row) await answer(message, { type: "interactive", list_reply: row });
    }));
  } else if (content.type === "cta_url") {
    after.push(linkButton(action.parameters.display_text, action.parameters.url));
  } else if (content.type === "location_request_message") {
    after.push(press(t("send_location"), "map-pin", () => answer(message, { type: "location", location: { latitude: 54.3146, longitude: 10.1319, name: "Kiel Hbf", address: "Sophienblatt 25, 24114 Kiel" } })));
  } else {
    after.push(el("span", { class: "tpl-btn" }, action.parameters?.flow_cta ?? action.name ?? content.type));
  }
  return { nodes, after };
}

function templateParts(message) {
  const { view } = message;
  const after = view.buttons.map((button) => {
    if (button.type === "QUICK_REPLY") {
      return press(button.text, "arrow-back-up", () => answer(message, { type: "button", payload: button.payload, text: button.text }));
    }
    return button.type === "URL" ? linkButton(button.text, button.url) : el("span", { class: "tpl-btn" }, button.text);
  });
  return { nodes: [...head(view.header), ...words(view.body), ...foot(view.footer)], after };
}

// --- react and reply ---

function actButton(node, actions) {
  const button = el("button", { class: "act", type: "button", "aria-label": t("actions"), "aria-expanded": "false" }, icon("mood-plus"));
  button.addEventListener("click", () => {
    const open = node.querySelector(".act-menu");
    for (const other of document.querySelectorAll(".act-menu")) other.remove();
    for (const other of document.querySelectorAll(".act")) other.setAttribute("aria-expanded", "false");
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
  const react = (emoji) => attempt(() => post(own("messages"), { type: "reaction", message_id: message.wamid, emoji }));
  return el("div", { class: "act-menu", role: "group", "aria-label": t("actions") },
    EMOJI.map((emoji) => el("button", {
      type: "button", "aria-label": emoji === current ? t("unreact") : t("react", { emoji }),
      "aria-pressed": String(emoji === current), onclick: () => react(emoji === current ? "" : emoji),
    }, el("span", { class: "e", "aria-hidden": "true" }, emoji))),
    el("button", { type: "button", class: "with-word", onclick: () => actions.quote(message) }, icon("corner-up-left"), t("reply")));
}
