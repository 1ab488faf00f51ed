// A picture, large: arrows turn through the thread's pictures, Esc closes and gives the focus back (a <dialog> does).

import { t } from "./strings.js";

const dialog = document.getElementById("lightbox");
const image = dialog.querySelector("img");
let links = [];
let index = 0;

function draw() {
  const link = links[index];
  image.src = link.href;
  image.alt = link.querySelector("img").alt;
  dialog.querySelector("[data-place]").textContent = t("photo_of", { number: index + 1, count: links.length });
  dialog.querySelector("[data-download]").href = link.href;
  for (const button of dialog.querySelectorAll("[data-step]")) {
    button.disabled = !links[index + Number(button.dataset.step)];
  }
}

function turn(by) {
  if (!links[index + by]) return;
  index += by;
  draw();
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-lightbox]");
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  links = [...document.querySelectorAll("#items a[data-lightbox]")];
  index = links.indexOf(link);
  draw();
  dialog.showModal();
});

dialog.addEventListener("click", (event) => {
  const button = event.target.closest("[data-step]");
  if (button) turn(Number(button.dataset.step));
  else if (event.target.closest("[data-close]") || event.target === dialog) dialog.close();
});

dialog.addEventListener("keydown", (event) => {
  if (event.key === "ArrowLeft") turn(-1);
  if (event.key === "ArrowRight") turn(1);
});

dialog.addEventListener("close", () => image.removeAttribute("src"));
