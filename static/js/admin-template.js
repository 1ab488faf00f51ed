// Writing a template in the admin: a preview that follows, examples for every variable, and only as many rows as are needed.
// The page works without it; the server checks everything again.

addEventListener("DOMContentLoaded", () => {
  const form = document.getElementById("template-form");
  if (!form) return;
  const bubble = document.querySelector("#template-preview .wa-bubble");
  const samples = document.getElementById("template-samples");
  const rows = [...document.querySelectorAll("#template-buttons [data-row]")];
  const more = document.getElementById("template-more");
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
  const value = (name) => form.elements[name]?.value ?? "";
  const variables = (text) => [...new Set([...text.matchAll(GAP)].map((match) => match[1]))];

  function element(tag, className, ...content) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    made.append(...content);
    return made;
  }

  /** WhatsApp's *bold*, _italic_, ~struck~ and `code` as elements; all else as text. */
  function formatted(text, marks = MARKS) {
    if (!marks.length) return [text];
    const [[mark, tag], ...rest] = marks;
    const escaped = `\\${mark}`;
    const parts = text.split(new RegExp(`(${escaped}(?! )[^${escaped}\\n]+${escaped})`));
    return parts.flatMap((part, index) =>
      index % 2 ? [element(tag, "", ...(tag === "code" ? [part.slice(1, -1)] : formatted(part.slice(1, -1), rest)))] : formatted(part, rest),
    );
  }

  const filled = (text, example) => text.replace(GAP, (gap, name) => example(name) || gap);

  function draw() {
    const header = value("header");
    const parts = [];
    if (header === "TEXT") {
      parts.push(element("b", "wa-head", filled(value("header_text"), () => value("header_sample"))));
    } else if (header) {
      const [file] = form.elements.header_file?.files ?? [];
      const kind = form.elements.header.selectedOptions[0].textContent;
      parts.push(element("div", "wa-file", file ? `${kind}: ${file.name}` : kind));
    }
    const body = filled(value("body"), (name) => value(`sample-${name}`));
    parts.push(element("div", "wa-body", ...formatted(body)));
    if (value("footer")) parts.push(element("div", "wa-foot", value("footer")));
    for (const index of rows.keys()) {
      const kind = form.elements[`buttons-${index}-kind`];
      if (!kind.value) continue;
      const words = value(`buttons-${index}-text`) || kind.selectedOptions[0].textContent;
      parts.push(element("div", "wa-button", words));
    }
    bubble.replaceChildren(...parts);
  }

  /** A field for every variable's example; what was typed stays while the variable does. */
  function offerSamples() {
    const wanted = variables(value("body"));
    for (const box of [...samples.children]) {
      if (!wanted.includes(box.dataset.sample.slice("sample-".length))) box.remove();
    }
    const pattern = document.getElementById("template-sample");
    for (const name of wanted) {
      const id = `sample-${name}`;
      if ([...samples.children].some((box) => box.dataset.sample === id)) continue;
      const box = element("div", "", pattern.content.cloneNode(true));
      box.dataset.sample = id;
      box.querySelector("span").textContent = `{{${name}}}`;
      const input = box.querySelector("input");
      input.name = id;
      input.id = `id_${id}`;
      box.querySelector("label").htmlFor = input.id;
      samples.append(box);
    }
  }

  function showHeaderFields() {
    for (const box of form.querySelectorAll("[data-header]")) {
      box.hidden = !box.dataset.header.split(" ").includes(value("header"));
    }
  }

  const isUsed = (row) => [...row.querySelectorAll("input, select")].some((field) => field.value);

  function showRows(count) {
    const used = rows.findLastIndex(isUsed) + 1;
    const shown = Math.max(count, used, 1);
    for (const [index, row] of rows.entries()) row.hidden = index >= shown;
    more.hidden = shown >= rows.length;
    return shown;
  }

  function showButtonFields() {
    for (const index of rows.keys()) {
      const kind = value(`buttons-${index}-kind`);
      for (const name of ["value", "sample"]) {
        const field = form.elements[`buttons-${index}-${name}`];
        field.closest(".group").hidden = !field.value && !(NEEDS[kind] ?? []).includes(name);
      }
    }
  }

  function countLeft() {
    const left = form.querySelector("[data-left=body]");
    const field = form.elements.body;
    left.textContent = `${field.value.length} / ${field.dataset.longest}`;
  }

  let shown = showRows(1);
  more.addEventListener("click", () => {
    shown = showRows(shown + 1);
    rows[shown - 1].querySelector("select").focus();
  });
  form.addEventListener("input", (event) => {
    if (event.target.name === "body") offerSamples();
    showHeaderFields();
    showButtonFields();
    countLeft();
    draw();
  });
  offerSamples();
  showHeaderFields();
  showButtonFields();
  countLeft();
  draw();
});
