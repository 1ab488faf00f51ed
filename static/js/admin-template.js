// Writing a template in the admin: a preview that follows, examples for every variable, and only as many rows as are needed.
// The page works without it; the server checks everything again.

import { wireCards } from "./admin-template/cards.js";
import { handIn } from "./admin-template/handing-in.js";
import { countLeft, element, filled, formatted, offerSamples, showFileName, showNeeds } from "./admin-template/parts.js";

function start(form) {
  const bubble = form.querySelector("#template-preview .wa-bubble");
  const samples = form.querySelector("#template-samples");
  const rows = [...form.querySelectorAll("#template-buttons [data-row]")];
  const more = form.querySelector("#template-more");
  const drawCards = wireCards(form);
  const value = (name) => form.elements[name]?.value ?? "";
  let shown = 1;

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

  function showHeaderFields() {
    for (const box of form.querySelectorAll("[data-header]")) {
      box.hidden = !box.dataset.header.split(" ").includes(value("header"));
    }
  }

  const isUsed = (box) => [...box.querySelectorAll("input, select")].some((field) => field.value);

  /** Beside cards there is a text only; what already stands in a field is not hidden, it must be seen to be taken away. */
  function showWhatGoesWithCards() {
    for (const box of form.querySelectorAll("[data-without-cards]")) {
      box.hidden = Boolean(value("card_header")) && !isUsed(box);
    }
  }

  function showRows() {
    const used = rows.findLastIndex(isUsed) + 1;
    shown = Math.max(shown, used, 1);
    for (const [index, row] of rows.entries()) row.hidden = index >= shown;
    more.hidden = shown >= rows.length;
  }

  function showButtonFields() {
    for (const index of rows.keys()) {
      const fields = ["value", "sample"].map((name) => [name, form.elements[`buttons-${index}-${name}`]]);
      showNeeds(value(`buttons-${index}-kind`), Object.fromEntries(fields));
    }
  }

  function follow() {
    offerSamples(samples, value("body"), "sample-");
    showHeaderFields();
    showWhatGoesWithCards();
    showButtonFields();
    drawCards();
    countLeft(form);
    draw();
  }

  more.addEventListener("click", () => {
    shown += 1;
    showRows();
    rows[shown - 1].querySelector("select").focus();
  });
  form.addEventListener("input", follow);
  form.addEventListener("change", ({ target }) => {
    if (target.type === "file") showFileName(target);
    follow();
  });
  handIn(form, start);
  showRows();
  follow();
}

const form = document.getElementById("template-form");
if (form) start(form);
