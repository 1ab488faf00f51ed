// WhatsApp's *bold*, _italic_, ~strike~, `code`, lists and quotes as it will look; the same rules as inbox/templatetags/inbox_text.py.
// Nodes, never markup: what was typed can only become text.

const BLOCK = /```([\s\S]+?)```/g;
const CODE = /`([^`\n]+)`/g;
const QUOTE = /^(?:> ?(?=\S).*(?:\n|$))+/gm;
const BULLET = /^- (?=\S)/gm;
const MARKS = [
  [/(?<![\p{L}\p{N}_*])\*(?![\s*])([^*\n]*[^\s*])\*(?![\p{L}\p{N}_*])/u, "b"],
  [/(?<![\p{L}\p{N}_])_(?![\s_])([^_\n]*[^\s_])_(?![\p{L}\p{N}_])/u, "i"],
  [/(?<![\p{L}\p{N}_~])~(?![\s~])([^~\n]*[^\s~])~(?![\p{L}\p{N}_~])/u, "s"],
];
const LINK = /https?:\/\/\S+/g;

function wrap(tag, ...children) {
  const node = document.createElement(tag);
  node.append(...children);
  return node;
}

/** The first mark in `text`, outside of links. */
function firstMark(text) {
  let best = null;
  for (const [pattern, tag] of MARKS) {
    const found = pattern.exec(text);
    if (found && (!best || found.index < best.found.index)) best = { found, tag };
  }
  return best;
}

function marked(text) {
  const best = firstMark(text);
  if (!best) return text ? [text] : [];
  const { found, tag } = best;
  const end = found.index + found[0].length;
  return [...marked(text.slice(0, found.index)), wrap(tag, ...marked(found[1])), ...marked(text.slice(end))];
}

/** `text` cut by `pattern`: what lies between goes through `plain`, what matches through `special`. */
function cut(text, pattern, plain, special) {
  const nodes = [];
  let from = 0;
  for (const match of text.matchAll(pattern)) {
    nodes.push(...plain(text.slice(from, match.index)), special(match));
    from = match.index + match[0].length;
  }
  return [...nodes, ...plain(text.slice(from))];
}

/** The nodes of `text` as the customer will see it. */
export function formatted(text) {
  const withLinks = (part) => cut(part, LINK, marked, (match) => match[0]);
  const inLines = (part) => cut(part.replace(BULLET, "• "), CODE, withLinks, (match) => wrap("code", match[1]));
  const unquoted = (quote) => quote.replace(/^> ?/gm, "").replace(/\n$/, "");
  const quotes = (part) => cut(part, QUOTE, inLines, (match) => wrap("blockquote", ...inLines(unquoted(match[0]))));
  return cut(text, BLOCK, quotes, (match) => wrap("code", match[1]));
}

/** Whether any of `text` will look other than it is typed. */
export function isFormatted(text) {
  const nodes = formatted(text);
  return nodes.some((node) => typeof node !== "string") || nodes.join("") !== text;
}

/** Put `mark` around what is selected in `field`, or take it away again. */
export function toggleMark(field, mark) {
  const { selectionStart: start, selectionEnd: end, value } = field;
  const inside = value.slice(start, end);
  const isMarked = value.slice(start - mark.length, start) === mark && value.slice(end, end + mark.length) === mark;
  if (isMarked) {
    field.setRangeText(inside, start - mark.length, end + mark.length, "select");
  } else {
    field.setRangeText(mark + inside + mark, start, end, "end");
    field.setSelectionRange(start + mark.length, end + mark.length);
  }
  field.dispatchEvent(new Event("input", { bubbles: true }));
}
