// The filter builder: a sentence of conditions, built from what the server says can be picked. It goes into the
// address, so a filter can be reloaded, shared and saved as a view.

import { get, post } from "./http.js";
import { state } from "./live/belongs.js";
import { t } from "./strings.js";

const dialog = document.getElementById("filter");
const rules = document.getElementById("filter-rules");
const panes = document.querySelector("main.panes");
const form = document.getElementById("view-form");
let fields; // by key, once they were fetched
let conditions = [];

async function fetchFields() {
  const told = await (await get(dialog.dataset.fieldsUrl)).json();
  fields = new Map(told.fields.map((field) => [field.key, field]));
  if (!form) return;
  fill(form.elements.sharing, told.sharing);
  fill(form.elements.team, [{ value: "", words: t("nobody_team") }, ...told.teams]);
}

function fill(select, choices, value) {
  select.replaceChildren(...choices.map((one) => new Option(one.words, one.value ?? one.key)));
  if (value !== undefined) select.value = value;
}

/** The address's words of the list, with these conditions in the place of its own. */
function words() {
  const kept = [...new URLSearchParams(panes.dataset.words)].filter(([name]) => ["view", "sort", "saved", "q"].includes(name));
  const url = new URLSearchParams(kept);
  for (const { key, op, values } of conditions) {
    const name = op === fields.get(key).ops[0].key ? key : `${key}_${op}`;
    if (values.length) url.set(name, [url.get(name), ...values].filter(Boolean).join(","));
  }
  return url.toString();
}

function draw() {
  const focused = document.activeElement?.dataset?.place;
  rules.replaceChildren(...conditions.map(drawRule));
  if (focused) rules.querySelector(`[data-place="${focused}"]`)?.focus();
  countSoon();
}

function drawRule(condition, index) {
  const rule = document.getElementById("rule-row").content.firstElementChild.cloneNode(true);
  const field = fields.get(condition.key);
  const number = index + 1;
  rule.querySelector(".rule-join").textContent = t(index ? "and" : "where");
  const [key, op] = rule.querySelectorAll("select");
  fill(key, [...fields.values()], condition.key);
  fill(op, field.ops, condition.op);
  for (const [select, name, label] of [[key, "key", "field_of"], [op, "op", "op_of"]]) {
    select.dataset.place = `${index}-${name}`;
    select.setAttribute("aria-label", t(label, { number }));
  }
  key.addEventListener("change", () => {
    Object.assign(condition, { key: key.value, op: fields.get(key.value).ops[0].key, values: [] });
    draw();
  });
  op.addEventListener("change", () => {
    if (!field.choices.length) condition.values = [];
    condition.op = op.value;
    draw();
  });
  rule.querySelector(".tokens").append(...drawValues(condition, field, index));
  rule.querySelector("[data-remove-rule]").addEventListener("click", () => {
    conditions.splice(index, 1);
    draw();
    document.getElementById("filter-add").focus();
  });
  return rule;
}

function drawValues(condition, field, index) {
  const number = index + 1;
  if (!field.choices.length) return [drawInput(condition, index)];
  const tokens = condition.values.map((value) => {
    const token = document.getElementById("rule-token").content.firstElementChild.cloneNode(true);
    const said = field.choices.find((one) => one.value === value)?.words ?? value;
    token.querySelector("span").textContent = said;
    token.setAttribute("aria-label", t("remove", { name: said }));
    token.addEventListener("click", () => {
      condition.values = condition.values.filter((one) => one !== value);
      draw();
    });
    return token;
  });
  const left = field.choices.filter((one) => !condition.values.includes(one.value));
  if (!left.length) return tokens;
  const add = document.createElement("select");
  add.className = "token-add";
  add.dataset.place = `${index}-value`;
  add.setAttribute("aria-label", `${t("add_value")}, ${t("value_of", { number })}`);
  fill(add, [{ value: "", words: condition.values.length ? "+" : t("add_value") }, ...left]);
  add.addEventListener("change", () => {
    condition.values = field.many ? [...condition.values, add.value] : [add.value];
    draw();
  });
  return [...tokens, add];
}

function drawInput(condition, index) {
  const input = document.createElement("input");
  input.className = "token-input";
  input.type = condition.op === "within" ? "number" : "date";
  if (input.type === "number") Object.assign(input, { min: 1, max: 3660, placeholder: t("days") });
  input.value = condition.values[0] ?? "";
  input.dataset.place = `${index}-value`;
  input.setAttribute("aria-label", t("value_of", { number: index + 1 }));
  input.addEventListener("change", () => {
    condition.values = input.value ? [input.value] : [];
    countSoon();
  });
  return input;
}

let timer;

function countSoon() {
  clearTimeout(timer);
  timer = setTimeout(() => count().catch(() => {}), 250);
}

async function count() {
  const asked = words();
  const told = await (await get(`${dialog.dataset.countUrl}?${asked}`)).json();
  if (asked !== words()) return;
  const key = told.more ? "more_found" : told.count === 1 ? "one_found" : "many_found";
  document.getElementById("filter-count").textContent = t(key, { count: told.count.toLocaleString(document.documentElement.lang) });
}

async function open() {
  try {
    if (!fields) await fetchFields();
  } catch {
    return; // no connection: the line at the top says so
  }
  conditions = state.conditions.map((one) => ({ ...one, values: [...one.values] }));
  if (!conditions.length) add();
  draw();
  dialog.showModal();
  rules.querySelector("select")?.focus();
}

function add() {
  const unused = [...fields.values()].find(({ key }) => !conditions.some((one) => one.key === key)) ?? [...fields.values()][0];
  conditions.push({ key: unused.key, op: unused.ops[0].key, values: [] });
}

function apply() {
  location.assign(`${location.pathname}?${words()}`);
}

document.getElementById("filter-open")?.addEventListener("click", open);
document.getElementById("filter-add").addEventListener("click", () => {
  add();
  draw();
  rules.lastElementChild.querySelector("select").focus();
});
document.getElementById("filter-reset").addEventListener("click", () => {
  conditions = [];
  apply();
});
document.getElementById("filter-form").addEventListener("submit", (event) => {
  event.preventDefault();
  apply();
});
dialog.querySelector("[data-close-filter]").addEventListener("click", () => dialog.close());
dialog.addEventListener("close", () => document.getElementById("filter-open")?.focus());

if (form) {
  const opener = document.getElementById("filter-save");
  opener.addEventListener("click", () => {
    form.hidden = !form.hidden;
    opener.setAttribute("aria-expanded", String(!form.hidden));
    if (!form.hidden) form.elements.name.focus();
  });
  form.elements.sharing.addEventListener("change", () => {
    document.getElementById("view-team-field").hidden = form.elements.sharing.value !== "team";
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const error = document.getElementById("view-error");
    const data = new FormData(form);
    data.set("words", words());
    try {
      location.assign((await (await post(form.action, data)).json()).url);
    } catch (refusal) {
      error.hidden = false;
      error.textContent = refusal.message || t("went_wrong");
    }
  });
}
