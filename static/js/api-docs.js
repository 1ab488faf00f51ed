// The API's page: unfolds what a link leads to, copies code, and calls operations with the token that was typed in.
// The token lives in its field only; nothing is stored, no cookie is sent.

const main = document.querySelector(".docs-main");
const token = document.getElementById("token");

/** Unfold what the address's fragment names, and everything around it. */
function unfold() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  for (let fold = target?.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  if (target?.closest("details")) target.closest("details").scrollIntoView();
}

/** Put a block's code on the clipboard and say so on its button. */
async function copy(button) {
  const before = button.title;
  await navigator.clipboard.writeText(button.closest("figure").querySelector("code").textContent);
  button.title = main.dataset.copied;
  button.setAttribute("aria-pressed", "true");
  setTimeout(() => {
    button.title = before;
    button.removeAttribute("aria-pressed");
  }, 1500);
}

/** The request that a form describes: [url, options of fetch]. */
function request(form) {
  let path = form.dataset.path;
  const query = new URLSearchParams();
  const headers = { Accept: "application/json", "Accept-Language": document.documentElement.lang };
  let body;
  for (const field of form.querySelectorAll("[data-in]")) {
    const place = field.dataset.in;
    if (place === "path") path = path.replace(`{${field.name}}`, encodeURIComponent(field.value.trim()));
    else if (place === "query" && field.value.trim()) query.append(field.name, field.value.trim());
    else if (place === "form" && field.value) (body ??= new FormData()).append(field.name, field.files?.[0] ?? field.value);
    else if (place === "body") {
      body = field.value;
      headers["Content-Type"] = "application/json";
    }
  }
  const given = token.value.trim();
  if (given) headers.Authorization = `Bearer ${given}`;
  const url = query.size ? `${path}?${query}` : path;
  return [url, { method: form.dataset.method, headers, body, credentials: "omit" }];
}

/** What a response carries, to be read: JSON indented, a file by its size. */
async function readable(response) {
  if (response.headers.get("Content-Type")?.includes("json")) return JSON.stringify(await response.json(), null, 2);
  const file = await response.blob();
  return `${main.dataset.file}: ${file.type}, ${file.size} B`;
}

/** Send a form's request and show the answer under it. */
async function attempt(form) {
  const place = form.parentElement.querySelector(".try-answer");
  const [line, text] = [place.querySelector("p"), place.querySelector("code")];
  const button = form.querySelector("[type=submit]");
  button.disabled = true;
  try {
    const began = performance.now();
    const response = await fetch(...request(form));
    text.textContent = await readable(response);
    line.textContent = `${response.status} ${response.statusText} · ${Math.round(performance.now() - began)} ms`;
    place.dataset.ok = String(response.ok);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    line.textContent = main.dataset.noAnswer;
    text.textContent = "";
    place.dataset.ok = "false";
  } finally {
    place.hidden = false;
    button.disabled = false;
  }
}

for (const element of document.querySelectorAll("[data-needs-script]")) {
  // Browsers give the clipboard to pages of https:// and of this machine only.
  element.hidden = element.matches("[data-copy]") && !navigator.clipboard;
}
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (button) copy(button);
  // A second click on the same link changes no address, yet must unfold again.
  else if (event.target.closest('a[href^="#"]')) requestAnimationFrame(unfold);
});
document.addEventListener("submit", (event) => {
  if (!event.target.closest(".docs-main")) return;
  event.preventDefault();
  if (event.target.matches("[data-try]")) attempt(event.target);
});
addEventListener("hashchange", unfold);
unfold();
