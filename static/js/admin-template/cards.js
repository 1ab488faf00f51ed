// The cards of a template: as many as are used, moved and taken away by buttons, and how they look side by side.
// Without this script all rows stand there, each with its position as a number.

import { element, filled, formatted, offerSamples, showFileName, showNeeds } from "./parts.js";

const FEWEST = 2;
const ACCEPTED = { IMAGE: "image/jpeg,image/png", VIDEO: "video/mp4" };
const pictures = new WeakMap(); // file → its address on this page

/** Wire the cards of `form`; the answer is what draws them again after anything has changed. */
export function wireCards(form) {
  const box = form.querySelector("#template-cards");
  const strip = form.querySelector("#template-strip");
  const more = form.querySelector("#template-more-cards");
  const list = form.querySelector("#template-card-rows");
  const rows = () => [...list.children];
  const field = (row, name) => form.elements[`${row.dataset.card}-${name}`];
  const kinds = () => [1, 2].map((number) => form.elements[`card_button_${number}`]);
  const inputs = (row) => [...row.querySelectorAll("input:not([disabled]), textarea")].filter((one) => one !== field(row, "position"));
  const isUsed = (row) => inputs(row).some((one) => one.value);
  const isOn = () => Boolean(form.elements.card_header.value);
  let count = FEWEST;

  function arrange() {
    count = Math.min(Math.max(count, rows().findLastIndex(isUsed) + 1, FEWEST), rows().length);
    for (const [index, row] of rows().entries()) {
      row.hidden = index >= count;
      row.querySelector("legend").textContent = list.dataset.word.replace("#", index + 1);
      field(row, "position").value = index + 1;
      field(row, "position").closest(".group").hidden = true;
      row.querySelector(".wa-card-tools").hidden = false;
      row.querySelector('[data-move="-1"]').disabled = index === 0;
      row.querySelector('[data-move="1"]').disabled = index === count - 1;
    }
    more.hidden = count >= rows().length;
  }

  function move(row, by) {
    const other = rows()[rows().indexOf(row) + by];
    if (by < 0) other.before(row);
    else other.after(row);
    arrange();
    const button = row.querySelector(`[data-move="${by}"]`);
    (button.disabled ? row.querySelector(`[data-move="${-by}"]`) : button).focus();
  }

  function remove(row) {
    const next = row.nextElementSibling?.hidden === false ? row.nextElementSibling : row.previousElementSibling;
    for (const one of inputs(row)) one.value = "";
    showFileName(field(row, "file"));
    for (const group of row.querySelectorAll(".errors")) {
      group.classList.remove("errors");
      group.querySelector("ul")?.parentElement.remove();
    }
    list.append(row);
    count -= 1;
    arrange();
    next?.querySelector("[data-remove]").focus();
  }

  function still(row) {
    const [file] = field(row, "file").files;
    const kind = form.elements.card_header.value;
    if (!file || kind !== "IMAGE" || !file.type.startsWith("image/")) {
      return element("div", "wa-file", file ? file.name : row.querySelector("legend").textContent);
    }
    if (!pictures.has(file)) pictures.set(file, URL.createObjectURL(file));
    const image = element("img", "wa-still");
    image.src = pictures.get(file);
    image.alt = file.name;
    return image;
  }

  function look(row) {
    const samples = (name) => field(row, `sample-${name}`)?.value;
    const body = filled(field(row, "body").value, samples);
    const parts = [still(row)];
    if (body) parts.push(element("div", "wa-body", ...formatted(body)));
    for (const [index, kind] of kinds().entries()) {
      if (!kind.value) continue;
      parts.push(element("div", "wa-button", field(row, `button${index + 1}_text`).value || kind.selectedOptions[0].textContent));
    }
    return element("div", "wa-bubble", ...parts);
  }

  function draw() {
    box.hidden = !isOn();
    strip.hidden = !isOn();
    arrange();
    for (const row of rows()) {
      field(row, "file").accept = ACCEPTED[form.elements.card_header.value] ?? "";
      offerSamples(row.querySelector("[data-samples]"), field(row, "body").value, `${row.dataset.card}-sample-`);
      for (const [index, kind] of kinds().entries()) {
        const parts = ["text", "value", "sample"].map((part) => [part, field(row, `button${index + 1}_${part}`)]);
        showNeeds(kind.value, Object.fromEntries(parts));
        parts[0][1].closest(".wa-two").hidden = !kind.value; // what stands there goes nowhere
      }
    }
    strip.replaceChildren(...(isOn() ? rows().slice(0, count).map(look) : []));
  }

  more.addEventListener("click", () => {
    count += 1;
    draw();
    rows()[count - 1].querySelector("input[type=file]").focus();
  });
  list.addEventListener("click", (event) => {
    const row = event.target.closest("[data-card]");
    const mover = event.target.closest("[data-move]");
    if (mover) move(row, Number(mover.dataset.move));
    else if (event.target.closest("[data-remove]")) remove(row);
    else return;
    form.dispatchEvent(new Event("input"));
  });
  return draw;
}
