// A file that belongs to a field of a form (a template's header, a card): uploaded at once, its id kept in the form.
// The composer's own files are uploads.js's.

import { Refusal, post } from "./http.js";
import { t } from "./strings.js";

const PATIENCE_MS = 300_000; // a film may take a while, and the server makes it fit

function say(box, message, isBad = false) {
  const line = box.querySelector("[role=status]");
  line.textContent = message;
  line.classList.toggle("danger", isBad);
}

/** What will be sent, in the preview's place for it. */
function show(box, file) {
  const key = box.querySelector("[type=hidden]").name;
  const still = box.closest("form").querySelector(`[data-file-gap="${key}"]`);
  if (!still) return;
  still.querySelector("img")?.remove();
  still.querySelector("span").textContent = file.name;
  if (!file.type.startsWith("image/")) return;
  const image = new Image();
  image.alt = "";
  image.src = URL.createObjectURL(file);
  image.addEventListener("load", () => URL.revokeObjectURL(image.src));
  still.append(image);
}

async function upload(box, file) {
  const hidden = box.querySelector("[type=hidden]");
  const bar = box.querySelector("progress");
  const button = box.closest("form").querySelector("[type=submit]");
  const fields = new FormData();
  fields.append("file", file);
  if (box.dataset.as) fields.append("as", box.dataset.as);
  hidden.value = "";
  bar.hidden = false;
  bar.removeAttribute("value");
  button.disabled = true;
  say(box, t("being_prepared"));
  try {
    const answer = await (await post(box.dataset.uploadUrl, fields, { patience: PATIENCE_MS })).json();
    if (answer.kind !== box.dataset.kind) throw new Refusal(t("wrong_kind"));
    hidden.value = answer.id;
    say(box, `${answer.filename} · ${t("ready")}`);
    show(box, file);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    say(box, error.message || t(error.offline ? "not_reached" : "went_wrong"), true);
  } finally {
    bar.hidden = true;
    button.disabled = false;
  }
}

document.addEventListener("change", (event) => {
  const box = event.target.type === "file" && event.target.closest("[data-attach]");
  if (box && event.target.files.length) upload(box, event.target.files[0]);
});
