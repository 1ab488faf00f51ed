// Files on their way into a message: picked, pasted or dropped; uploaded at once with real progress.
// The server says what WhatsApp would not take; the tile shows its sentence.

import { mayBeDocument, problemOf, sayRefused, size } from "./refused-files.js";
import { t } from "./strings.js";

let files = []; // { id, kind, name, tile, request }

function changed() {
  const box = document.querySelector("#reply-form .files");
  if (box) box.hidden = !box.children.length;
  document.dispatchEvent(new CustomEvent("files:changed"));
}

/** A composer that was fetched again or left takes its tiles with it: what nobody sees must not be sent. */
function dropUnseen() {
  const unseen = files.filter((file) => !file.tile.isConnected);
  files = files.filter((file) => file.tile.isConnected); // first: abort() may ask again
  for (const file of unseen) file.request.abort();
}

/** Whether a file is still on its way. */
export function isUploading() {
  dropUnseen();
  return files.some((file) => !file.id);
}

/** The files that go with the message now being sent; the composer is empty afterwards. */
export function takeFiles() {
  dropUnseen();
  const taken = files.filter((file) => file.id);
  for (const file of files) file.tile.remove();
  files = [];
  changed();
  return taken;
}

function drop(entry) {
  entry.request.abort();
  entry.tile.remove();
  entry.notice?.remove();
  files = files.filter((file) => file !== entry);
  changed();
}

function tileFor(file) {
  const tile = document.getElementById("file-tile").content.firstElementChild.cloneNode(true);
  tile.querySelector(".clip").textContent = file.name;
  tile.querySelector("small").textContent = size(file.size);
  tile.querySelector("button").setAttribute("aria-label", t("remove", { name: file.name }));
  tile.querySelector("progress").setAttribute("aria-label", file.name);
  preview(tile.querySelector(".file-art"), file);
  return tile;
}

/** What will be sent, as far as a browser can show it; the icon says the rest. */
function preview(art, file) {
  const main = file.type.split("/")[0];
  const use = art.querySelector("use");
  const sign = { image: "photo", video: "video", audio: "file-music" }[main];
  if (sign) use.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#${sign}`));
  if (main !== "image" && main !== "video") return;
  const shown = document.createElement(main === "image" ? "img" : "video");
  Object.assign(shown, { className: "file-art", width: 44, height: 44, src: URL.createObjectURL(file) });
  if (main === "image") shown.alt = "";
  else Object.assign(shown, { muted: true, preload: "metadata", playsInline: true });
  shown.addEventListener(main === "image" ? "load" : "loadeddata", () => {
    URL.revokeObjectURL(shown.src);
    art.replaceWith(shown);
  });
  shown.addEventListener("error", () => URL.revokeObjectURL(shown.src)); // the icon stays
}

/** `brief` stands in the tile, `sentence` over the composer, with what else can be done. */
function refuse(form, entry, file, { brief = size(file.size), sentence, as = "", again = false }) {
  files = files.filter((one) => one !== entry);
  entry.tile.classList.add("file-bad");
  entry.tile.querySelector("progress").remove();
  entry.tile.querySelector("small").textContent = brief;
  const instead = (kind) => () => {
    drop(entry);
    add(form, file, kind);
  };
  const ways = [];
  if (again) ways.push([t("try_again"), instead(as)]);
  else if (!as && mayBeDocument(form, file)) ways.push([t("as_document"), instead("document")]);
  entry.notice = sayRefused(file.name, sentence || t("went_wrong"), ways);
  changed();
}

function add(form, file, as = "") {
  const tile = tileFor(file);
  const request = new XMLHttpRequest(); // fetch tells no upload progress
  const entry = { id: "", kind: "", name: file.name, tile, request };
  const bar = tile.querySelector("progress");
  request.upload.addEventListener("progress", (event) => {
    bar.max = event.total;
    bar.value = event.loaded;
    tile.querySelector("small").textContent = t("sent_of", { done: size(event.loaded), total: size(event.total) });
  });
  request.addEventListener("load", () => {
    let answer = {};
    try {
      answer = JSON.parse(request.responseText);
    } catch {
      // An error page instead of JSON: refuse() has a sentence for it.
    }
    if (request.status !== 201) {
      return refuse(form, entry, file, { sentence: answer.detail, as, again: request.status !== 422 });
    }
    Object.assign(entry, { id: answer.id, kind: answer.kind, name: answer.filename });
    tile.querySelector(".clip").textContent = answer.filename;
    bar.remove();
    tile.querySelector("small").textContent = `${size(answer.size)} · ${t("ready")}`;
    return changed();
  });
  request.upload.addEventListener("load", () => {
    bar.removeAttribute("value"); // all there; the server makes it fit
    tile.querySelector("small").textContent = t("being_prepared");
  });
  request.addEventListener("error", () => refuse(form, entry, file, { sentence: t("not_reached"), as, again: true }));
  tile.querySelector("button").addEventListener("click", () => drop(entry));
  form.querySelector(".files").append(tile);
  const problem = problemOf(form, file, as);
  if (problem) return refuse(form, entry, file, { ...problem, as });
  files.push(entry);
  changed();
  const body = new FormData();
  body.append("file", file);
  if (as) body.append("as", as);
  request.open("POST", form.dataset.uploadUrl);
  request.setRequestHeader("X-CSRFToken", document.querySelector('meta[name="csrf-token"]').content);
  request.setRequestHeader("X-Requested-With", "fetch");
  request.send(body);
}

/** A file that the server has already ({ id, kind, filename, size }): of a message that was taken back. */
export function addUploaded(form, { id, kind, filename, size: bytes }) {
  const tile = tileFor({ name: filename, size: bytes, type: "" });
  const entry = { id, kind, name: filename, tile, request: { abort() {} } };
  tile.querySelector("progress").remove();
  tile.querySelector("small").textContent = `${size(bytes)} · ${t("ready")}`;
  tile.querySelector("button").addEventListener("click", () => drop(entry));
  form.querySelector(".files").append(tile);
  files.push(entry);
  changed();
}

function addAll(list, as = "") {
  const form = document.getElementById("reply-form");
  if (!form || form.hidden || !list.length) return false;
  dropUnseen();
  for (const file of list) add(form, file, as);
  return true;
}

// "document" sends a picture as a file, "sticker" makes one of it, "" leaves it to the server.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-pick-files]");
  if (!button) return;
  const input = document.getElementById(button.dataset.pickWith || "pick-files");
  input.dataset.as = button.dataset.pickFiles;
  input.click();
});

document.addEventListener("change", (event) => {
  if (!event.target.matches("#pick-files, #take-photo")) return;
  addAll([...event.target.files], event.target.dataset.as);
  event.target.value = "";
});

document.addEventListener("paste", (event) => {
  if (event.clipboardData.files.length && addAll([...event.clipboardData.files])) event.preventDefault();
});

document.addEventListener("dragover", (event) => {
  if (event.target.closest("#thread") && event.dataTransfer.types.includes("Files")) event.preventDefault();
});

document.addEventListener("drop", (event) => {
  if (!event.target.closest("#thread") || !event.dataTransfer.files.length) return;
  event.preventDefault();
  addAll([...event.dataTransfer.files]);
});

// Another conversation: its composer starts empty, what was still uploading is dropped.
document.addEventListener("conversation:shown", dropUnseen);
