// Text as chats show it: *bold*, _italic_, ~struck~, `code`, and links. Builds nodes, so nothing in it can become markup.

import { el } from "./dom.js";

const PATTERN = /```([^]+?)```|`([^`\n]+)`|(?<![\w*])\*(?=\S)([^*\n]*\S)\*(?![\w*])|(?<![\w_])_(?=\S)([^_\n]*\S)_(?![\w_])|(?<![\w~])~(?=\S)([^~\n]*\S)~(?![\w~])|(https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)])/gu;

/** The nodes of `text`. */
export function formatted(text) {
  const nodes = [];
  let at = 0;
  for (const found of text.matchAll(PATTERN)) {
    if (found.index > at) nodes.push(text.slice(at, found.index));
    const [whole, block, code, bold, italic, struck, link] = found;
    if (block ?? code) nodes.push(el("code", {}, block ?? code));
    else if (bold) nodes.push(el("b", {}, ...formatted(bold)));
    else if (italic) nodes.push(el("i", {}, ...formatted(italic)));
    else if (struck) nodes.push(el("s", {}, ...formatted(struck)));
    else nodes.push(el("a", { href: link, target: "_blank", rel: "noopener noreferrer" }, link));
    at = found.index + whole.length;
  }
  if (at < text.length) nodes.push(text.slice(at));
  return nodes;
}

/** A wall clock time of Unix seconds, in the page's language. */
export function clockTime(seconds, withSeconds = false) {
  return new Date(seconds * 1000).toLocaleTimeString(document.documentElement.lang, {
    hour: "2-digit", minute: "2-digit", second: withSeconds ? "2-digit" : undefined, hourCycle: "h23",
  });
}
