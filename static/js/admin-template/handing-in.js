// Handing a template in without leaving the page: what is wrong comes to its field, and chosen files stay chosen.
// Where the server cannot be reached, or is not itself, the page says so and keeps everything.

import { showFileName } from "./parts.js";

/** Give the files chosen in `old` to the fields of the same names in `fresh`. */
function keepFiles(old, fresh) {
  for (const input of old.querySelectorAll("input[type=file]")) {
    const twin = fresh.elements[input.name];
    if (!input.files.length || !twin) continue;
    twin.files = input.files;
    showFileName(twin);
  }
}

/** Post `form`; the form as it comes back, null when the page goes elsewhere. Raises when neither comes. */
async function post(form) {
  const response = await fetch(location.href, {
    method: "POST",
    body: new FormData(form),
    headers: { "X-Requested-With": "fetch" },
  });
  const next = response.headers.get("HX-Redirect");
  if (response.status === 204 && next) {
    location.assign(next);
    return null;
  }
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const fresh = page.getElementById("template-form");
  if (!response.ok || !fresh) throw new Error(`handing in: ${response.status}`);
  return document.adoptNode(fresh);
}

/** Take over the submits of `form`; `start` wires the form that comes back in its place. */
export function handIn(form, start) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("[type=submit]");
    const busy = form.querySelector("[data-busy]");
    const lost = form.querySelector("[data-lost]");
    button.disabled = true;
    busy.hidden = false;
    lost.hidden = true;
    try {
      const fresh = await post(form);
      if (!fresh) return;
      keepFiles(form, fresh);
      form.replaceWith(fresh);
      start(fresh);
      const first = fresh.querySelector(".errors:not([hidden]) :is(input:not([disabled]), select, textarea)");
      (first ?? fresh.querySelector("[type=submit]")).focus();
      if (!first) scrollTo(0, 0); // what is wrong with all of it stands at the top
    } catch (error) {
      console.error(error);
      lost.hidden = false;
      busy.hidden = true;
      button.disabled = false;
      lost.scrollIntoView({ block: "nearest" });
    }
  });
}
