// How the page talks to the server besides htmx: form posts with the CSRF token, and what went wrong as an Error.
// A session that ended sends the whole page to the login.

const PATIENCE_MS = 30_000; // a post that takes longer has not reached the server, as far as we know
const token = document.querySelector('meta[name="csrf-token"]')?.content ?? "";

/** What the server refused, with its sentence for people; `offline` when it was never reached. */
export class Refusal extends Error {
  constructor(message, { status = 0, code = "", errors = {}, body = {} } = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.errors = errors; // by field
    this.body = body; // all that the server said
    this.offline = status === 0;
  }
}

/** Check `response`, or throw its refusal. */
async function checked(response) {
  if (response.ok) return response;
  const login = response.headers.get("HX-Redirect");
  if (response.status === 401 && login) location.assign(login);
  const isJson = response.headers.get("Content-Type")?.includes("json");
  const body = isJson ? await response.json().catch(() => ({})) : {}; // the status counts, also without its words
  throw new Refusal(body.detail ?? "", { status: response.status, code: body.code ?? "", errors: body.errors ?? {}, body });
}

async function reach(url, options) {
  try {
    return await fetch(url, { ...options, headers: { "X-Requested-With": "fetch", ...options.headers } });
  } catch {
    throw new Refusal("");
  }
}

/** POST `fields` (an object or FormData); the response, or a Refusal; the body has to come in time, too.
 * With `keepalive` it is sent although the page is being left. */
export async function post(url, fields = {}, { patience = PATIENCE_MS, keepalive = false } = {}) {
  const body = fields instanceof FormData ? fields : new URLSearchParams(fields);
  const signal = AbortSignal.timeout(patience);
  return checked(await reach(url, { method: "POST", body, signal, keepalive, headers: { "X-CSRFToken": token } }));
}

/** POST like `post`, and read what comes back: the text, or a Refusal, also when the answer breaks off. */
export async function postForText(url, fields = {}) {
  const response = await post(url, fields);
  try {
    return await response.text();
  } catch {
    throw new Refusal("");
  }
}

/** GET a fragment or JSON; the response, or a Refusal. */
export async function get(url, headers = {}) {
  return checked(await reach(url, { headers }));
}

/** The first element of `html`. */
export function element(html) {
  const template = document.createElement("template");
  template.innerHTML = html.trim();
  return template.content.firstElementChild;
}

document.addEventListener("htmx:config:request", (event) => {
  event.detail.ctx.request.headers["X-CSRFToken"] = token;
});
