// What the pages of the template editor share: elements, WhatsApp's formatting, examples for variables.

const GAP = /{{\s*(.*?)\s*}}/g;
const MARKS = [
  ["`", "code"],
  ["*", "b"],
  ["_", "i"],
  ["~", "s"],
];
// What a button of a kind needs besides its text.
const NEEDS = {
  URL: ["value", "sample"],
  PHONE_NUMBER: ["value"],
  COPY_CODE: ["value"],
  FLOW: ["value"],
};

export function element(tag, className, ...content) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...content);
  return made;
}

/** WhatsApp's *bold*, _italic_, ~struck~ and `code` as elements; all else as text. */
export function formatted(text, marks = MARKS) {
  if (!marks.length) return [text];
  const [[mark, tag], ...rest] = marks;
  const escaped = `\\${mark}`;
  const parts = text.split(new RegExp(`(${escaped}(?! )[^${escaped}\\n]+${escaped})`));
  return parts.flatMap((part, index) =>
    index % 2 ? [element(tag, "", ...(tag === "code" ? [part.slice(1, -1)] : formatted(part.slice(1, -1), rest)))] : formatted(part, rest),
  );
}

/** The text with `example(name)` for each variable; one without an example stays, so that it is seen. */
export const filled = (text, example) => text.replace(GAP, (gap, name) => example(name) || gap);

/** A field in `box` for every variable's example in `text`; what was typed stays while the variable does. */
export function offerSamples(box, text, prefix) {
  const wanted = [...new Set([...text.matchAll(GAP)].map((match) => match[1]))];
  for (const one of [...box.children]) {
    if (!wanted.includes(one.dataset.sample.slice(prefix.length))) one.remove();
  }
  const pattern = document.getElementById("template-sample");
  for (const name of wanted) {
    const id = `${prefix}${name}`;
    if ([...box.children].some((one) => one.dataset.sample === id)) continue;
    const one = element("div", "", pattern.content.cloneNode(true));
    one.dataset.sample = id;
    one.querySelector("span").textContent = `{{${name}}}`;
    const input = one.querySelector("input");
    input.name = id;
    input.id = `id_${id}`;
    one.querySelector("label").htmlFor = input.id;
    box.append(one);
  }
}

/** Show what a button of this kind needs, an example only of an address with a variable, and what stands in a field. */
export function showNeeds(kind, fields) {
  for (const [name, field] of Object.entries(fields)) {
    const isNeeded = (NEEDS[kind] ?? []).includes(name) && (name !== "sample" || fields.value.value.includes("{{"));
    const isWanted = name === "text" ? Boolean(kind) : isNeeded;
    field.closest(".group").hidden = !isWanted && !field.value;
  }
}

/** Unfold shows the name of a file in a field of its own, which it wires at the first load only. */
export function showFileName(input) {
  const shown = input.closest(".group").querySelector("input[type=text][disabled]");
  if (shown) shown.value = input.files[0]?.name ?? shown.defaultValue;
}

/** "12 / 160" beside each text that has a limit. */
export function countLeft(form) {
  for (const left of form.querySelectorAll("[data-left]")) {
    const field = form.elements[left.dataset.left];
    left.textContent = `${field.value.length} / ${field.dataset.longest}`;
  }
}
