// The composer's text fields: how long the text may be, how it looks at the customer's, words put in at the caret,
// and the gaps of a canned response that still want filling.

import { formatted, isFormatted } from "./formatting.js";
import { t } from "./strings.js";
import { isUploading } from "./uploads.js";

const NEARLY = 596; // of 4,096: the count is worth its room from 3,500 on
const GAP = /\{\{\?\s*([^{}\n]{1,60}?)\s*\}\}/g; // inbox/gaps.py writes and refuses the same

/** How long the text may be: under a file it is a caption. */
function limitOf(form) {
  const isCaption = Boolean(form.querySelector(".files > :not(.file-bad)"));
  return Number(isCaption ? form.dataset.captionLimit : form.dataset.limit);
}

/** Bring what stands round the field up to its text. */
export function measure(form) {
  const { value } = form.elements.text;
  const over = [...value].length - limitOf(form);
  const counter = form.querySelector("[data-counter]");
  if (counter) {
    const number = new Intl.NumberFormat(document.documentElement.lang);
    counter.textContent = `${number.format([...value].length)} / ${number.format(limitOf(form))}`;
    counter.classList.toggle("danger", over > 0);
    counter.classList.toggle("only-wide", over < -NEARLY); // no room for it on a phone before it matters
  }
  const line = form.querySelector("[data-too-long]");
  if (line) {
    line.hidden = over <= 0;
    line.querySelector("span").textContent = t("too_long", { count: over, parts: pieces(value, limitOf(form)).length });
  }
  const look = form.querySelector("[data-formatted]");
  if (look) {
    look.hidden = !isFormatted(value);
    look.querySelector(".text").replaceChildren(...formatted(value));
  }
  form.querySelector('[type="submit"]').disabled = over > 0 || isUploading();
}

/** `text` in pieces of at most `limit` characters, cut at a paragraph, else a line, a sentence, a word. */
export function pieces(text, limit) {
  const letters = [...text];
  if (letters.length <= limit) return [text];
  const head = letters.slice(0, limit).join("");
  const at = ["\n\n", "\n", ". ", " "].map((gap) => head.lastIndexOf(gap) + gap.length).find((end) => end > head.length / 2);
  const first = at ? head.slice(0, at) : head;
  return [first.trim(), ...pieces(text.slice(first.length).trim(), limit)];
}

/** Put `text` in place of what stands between `from` and `to`, as if it had been typed. */
export function insert(field, text, from = field.selectionStart, to = field.selectionEnd) {
  field.focus();
  field.setRangeText(text, from, to, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

/** The gaps in a text: [{ name, start, end }]. */
export function gapsIn(text) {
  return [...text.matchAll(GAP)].map((match) => ({ name: match[1], start: match.index, end: match.index + match[0].length }));
}

/** Select the next gap after the caret (`back`: the one before it), round the end; false when there is none. */
export function toGap(field, back = false) {
  const gaps = gapsIn(field.value);
  if (!gaps.length) return false;
  const next = back
    ? gaps.findLast((gap) => gap.end <= field.selectionStart) ?? gaps.at(-1)
    : gaps.find((gap) => gap.start >= field.selectionEnd) ?? gaps[0];
  field.focus();
  field.setSelectionRange(next.start, next.end);
  return true;
}
