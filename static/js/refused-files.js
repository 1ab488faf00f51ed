// A file that cannot go along: said over the whole composer, with the limit and what else can be done.
// What a browser can know is said before anything is uploaded; all else is the server's sentence.

import { t } from "./strings.js";

const MB = 1024 * 1024;
// What WhatsApp takes as a document as well (conversations/services/files.py); others would only be refused again.
const AS_DOCUMENT = /^(image\/(jpeg|png|webp)|video\/(mp4|3gpp)|audio\/(aac|amr|mpeg|mp4|ogg))$/;

/** 24 MB, 1.1 MB, 12 KB in the page's language. */
export function size(bytes) {
  const number = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 1 });
  return bytes < MB ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${number.format(bytes / MB)} MB`;
}

export function mayBeDocument(form, file) {
  return AS_DOCUMENT.test(file.type) && file.size <= Number(form.dataset.fileLimit);
}

/** Why this file is not even uploaded: { sentence, brief }, or null. Pictures and recordings the server makes fit. */
export function problemOf(form, file, as) {
  const isVideo = file.type.startsWith("video/") && !as;
  const most = Number(isVideo ? form.dataset.videoLimit : form.dataset.fileLimit);
  if (!most || file.size <= most) return null;
  const limit = size(most);
  const brief = t("too_large", { size: size(file.size), limit });
  if (!isVideo) return { brief, sentence: t("file_limit", { limit }) };
  return { brief, sentence: t(mayBeDocument(form, file) ? "video_limit_or" : "video_limit", { limit }) };
}

/** Say over the composer that `name` stays, why, and offer `ways` ([words, act]); the notice. */
export function sayRefused(name, sentence, ways) {
  const notice = document.getElementById("file-refused").content.firstElementChild.cloneNode(true);
  const words = notice.querySelector("span");
  words.querySelector("b").textContent = t("file_stays", { name });
  words.append(` ${sentence}`);
  for (const [label, act] of ways) {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "as-document", textContent: label });
    button.addEventListener("click", act);
    words.append(" ", button);
  }
  document.querySelector("#composer [data-refused-files]")?.append(notice);
  return notice;
}
