// Small helpers of the phone: elements, icons, words, requests. Text always goes in as text, never as HTML.

export const facts = JSON.parse(document.getElementById("facts").textContent);

/** The word for `key`, with `{name}` filled in. */
export function t(key, values = {}) {
  return (facts.texts[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** An element with attributes and children; a null child is left out. */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

/** An icon of the shared sprite. */
export function icon(name, classes = "i", label = null) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", classes);
  if (label) {
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", label);
  } else svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `/static/icons.svg#${name}`);
  svg.append(use);
  return svg;
}

/** POST JSON (or a form); the JSON answer. Throws an Error with the server's words. */
export async function post(path, body) {
  const form = body instanceof FormData;
  const answer = await fetch(path, {
    method: "POST",
    headers: form ? {} : { "Content-Type": "application/json" },
    body: form ? body : JSON.stringify(body),
  });
  const content = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(content.error ?? answer.statusText);
  return content;
}

/** Send something to the business number whose chat is open. */
export function say(body) {
  return post(own("messages"), { phone_number_id: facts.number, ...body });
}

/** The path of an action of this phone. */
export function own(action) {
  return `/phone/${encodeURIComponent(facts.customer)}/${action}`;
}

const problem = document.getElementById("problem");
let timer = 0;

/** Say that something did not work (or, when `calm`, just say it), for a while. */
export function complain(reason, calm = false) {
  problem.textContent = calm ? reason : t("failed", { reason });
  problem.hidden = false;
  clearTimeout(timer);
  timer = setTimeout(() => { problem.hidden = true; }, 6000);
}

/** Run `work`; what it throws is said on the phone. */
export async function attempt(work) {
  try {
    return await work();
  } catch (error) {
    complain(error.message);
    return null;
  }
}
