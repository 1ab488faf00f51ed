// What the business offers to press: buttons, lists, links, forms, products, cards, templates.

import { attempt, el, facts, icon, say, t } from "./dom.js";
import { DRAW, mediaFile, source, words } from "./bubbles.js";
import { choose, fillIn } from "./choices.js";

const KIEL = { latitude: 54.3146, longitude: 10.1319, name: "Kiel Hbf", address: "Sophienblatt 25, 24114 Kiel" };
const CATALOG = "710448291375566";

function press(label, symbol, act) {
  return el("button", { class: "tpl-btn", type: "button", onclick: () => attempt(act) }, symbol ? icon(symbol, "i i-s") : null, label);
}

function answer(message, body) {
  return say({ ...body, reply_to: message.wamid });
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

function replies(message, buttons) {
  return buttons.map(({ reply }) => press(reply.title, "arrow-back-up", () => answer(message, { type: "interactive", button_reply: reply })));
}

function order(message, items) {
  const product_items = items.map((name) => ({ product_retailer_id: name, quantity: 1, item_price: 29, currency: "EUR" }));
  return answer(message, { type: "order", order: { catalog_id: message.content.action.catalog_id ?? CATALOG, text: "", product_items } });
}

async function pickProduct(message, action) {
  const sections = (action.sections ?? []).map((section) => ({
    title: section.title, rows: section.product_items.map((item) => ({ id: item.product_retailer_id, title: item.product_retailer_id })),
  }));
  const row = await choose(t("view_catalog"), sections);
  if (row) await order(message, [row.id]);
}

/** The buttons under an interactive message, by its kind. */
const OFFERS = {
  button: (message, action) => replies(message, action.buttons ?? []),
  list: (message, action) => [press(action.button, "list", async () => {
    const row = await choose(action.button, action.sections ?? []);
    if (row) await answer(message, { type: "interactive", list_reply: row });
  })],
  cta_url: (_message, action) => [linkButton(action.parameters.display_text, action.parameters.url)],
  location_request_message: (message) => [press(t("send_location"), "map-pin", () => answer(message, { type: "location", location: KIEL }))],
  request_contact_info: (message) => [press(t("share_contact"), "user", () => answer(message, { type: "contacts", contacts: [ownCard()] }))],
  flow: (message, action) => [press(action.parameters?.flow_cta ?? t("answer_form"), "forms", async () => {
    const answers = await fillIn(action.parameters?.flow_cta);
    if (!answers) return;
    const response_json = JSON.stringify({ flow_token: action.parameters?.flow_token ?? "unused", ...answers });
    await answer(message, { type: "interactive", nfm_reply: { name: "flow", body: "Sent", response_json } });
  })],
  call_permission_request: (message) => [["accept", "allow_calls"], ["reject", "decline_calls"]].map(([response, word]) => press(t(word), null, () => answer(message, {
    type: "interactive",
    call_permission_reply: { response, response_source: "user_action", ...(response === "accept" ? { expiration_timestamp: Math.floor(Date.now() / 1000) + 7 * 86400 } : {}) },
  }))),
  voice_call: (_message, action) => [el("span", { class: "tpl-btn" }, action.parameters?.display_text ?? t("call"))],
  product: (message, action) => [press(t("order_this"), "list", () => order(message, [action.product_retailer_id]))],
  product_list: (message, action) => [press(t("view_catalog"), "list", () => pickProduct(message, action))],
  catalog_message: (message, action) => [press(t("view_catalog"), "list", () => order(message, [action.parameters?.thumbnail_product_retailer_id ?? "KUESTENTICKET"]))],
  carousel: () => [],
};

/** The card one shares when asked for the number: with its origin, without a vcard. */
function ownCard() {
  const person = facts.person;
  const phones = person.phone ? [{ phone: `+${person.phone}`, wa_id: person.phone, type: "CELL" }] : [];
  return { name: { formatted_name: person.name, first_name: person.name }, phones, origin: "contact_request" };
}

/** An interactive message of the business. */
export function offerParts(message) {
  const { content } = message;
  const action = content.action ?? {};
  const nodes = [...head(content.header), ...words(content.body?.text ?? ""), ...foot(content.footer?.text)];
  if (content.type === "carousel") {
    nodes.push(cards(action.cards.map((card) => ({
      nodes: [...head(card.header), ...words(card.body?.text ?? "")],
      after: card.action.name === "cta_url" ? OFFERS.cta_url(message, card.action) : replies(message, card.action.buttons ?? []),
    }))));
  }
  const offer = OFFERS[content.type] ?? (() => [el("span", { class: "tpl-btn" }, action.name ?? content.type)]);
  return { nodes, after: offer(message, action) };
}

function cards(list) {
  return el("div", { class: "cards", role: "group", tabindex: "0" }, list.map(({ nodes, after }) => el("div", { class: "card-s" }, ...nodes, ...after)));
}

function templateButtons(message, view) {
  return view.buttons.map((button) => {
    if (button.type === "QUICK_REPLY") {
      return press(button.text, "arrow-back-up", () => answer(message, { type: "button", payload: button.payload, text: button.text }));
    }
    return button.type === "URL" ? linkButton(button.text, button.url) : el("span", { class: "tpl-btn" }, button.text);
  });
}

/** A template, filled in. */
export function templateParts(message) {
  const { view } = message;
  const nodes = [...head(view.header), ...words(view.body), ...foot(view.footer)];
  if (view.cards) {
    nodes.push(cards(view.cards.map((card) => ({
      nodes: [...head(card.header), ...words(card.body)], after: templateButtons(message, card),
    }))));
  }
  return { nodes, after: templateButtons(message, view) };
}
