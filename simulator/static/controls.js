// What stands beside the phone: whose it is, its switches, the clock, the faults.

import { attempt, el, facts, own, post, t } from "./dom.js";

const by = (id) => document.getElementById(id);
let clock = { offset_s: 0 };
let windowUntil = null;

/** Simulated time in Unix seconds. */
export function now() {
  return Date.now() / 1000 + clock.offset_s;
}

/** Take over the simulator's clock. */
export function setClock(fresh) {
  clock = fresh;
  showWindow();
}

/** Take over how the customer stands. */
export function setCustomer(customer) {
  windowUntil = customer.windows[facts.number] ?? null;
  for (const input of document.querySelectorAll("[data-switch]")) input.checked = customer[input.dataset.switch];
  by("user-id").textContent = customer.user_id;
  facts.person = { name: customer.name, phone: customer.phone ?? "" };
  showWindow();
}

/** Take over the faults that are switched on. */
export function setFaults(faults) {
  for (const button of document.querySelectorAll("[data-fault]")) {
    const value = faults[button.dataset.fault];
    button.setAttribute("aria-pressed", String(value !== null && String(value) === button.dataset.on));
  }
}

/** How long the company may still answer. */
export function showWindow() {
  const left = windowUntil === null ? null : Math.floor((windowUntil - now()) / 60);
  if (left === null) by("window").textContent = t("window_none");
  else if (left < 0) by("window").textContent = t("window_closed");
  else by("window").textContent = t("window_open", { time: `${Math.floor(left / 60)} ${t("hours")} ${left % 60} ${t("minutes")}` });
}

/** Somebody was made elsewhere: put them on the list. */
export async function listCustomers() {
  const answer = await fetch("/control/customers");
  const { customers } = await answer.json();
  for (const each of customers) {
    const label = `${each.name} · ${each.phone ? `+${each.phone}` : `@${each.username ?? each.user_id} · ${t("without_number")}`}`;
    const known = [...by("who").options].find((option) => option.value === each.id);
    if (known) known.textContent = label;
    else by("who").append(el("option", { value: each.id }, label));
  }
}

by("who").addEventListener("change", (event) => {
  location.search = new URLSearchParams({ customer: event.target.value, number: facts.number });
});
by("number")?.addEventListener("change", (event) => {
  location.search = new URLSearchParams({ customer: facts.customer, number: event.target.value });
});

document.addEventListener("change", async (event) => {
  const input = event.target.closest("[data-switch]");
  if (!input) return;
  const answer = await attempt(() => post(own("switches"), { [input.dataset.switch]: input.checked }));
  if (!answer) input.checked = !input.checked;
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.dataset.clock) {
    const seconds = Number(button.dataset.clock);
    attempt(() => post("/control/clock", seconds ? { advance_s: seconds } : { offset_s: 0 }));
  }
  if (button.dataset.fault) {
    const on = button.getAttribute("aria-pressed") !== "true";
    const body = { [button.dataset.fault]: JSON.parse(on ? button.dataset.on : button.dataset.off) };
    if (on && button.dataset.count) body.count = Number(button.dataset.count);
    attempt(() => post("/control/faults", body));
  }
  if (button.hasAttribute("data-tools")) document.querySelector(".sim").classList.toggle("show-tools");
});

// --- another number ---

const move = by("move");
const moveProblem = by("move-problem");
by("change-number").addEventListener("click", () => {
  moveProblem.hidden = true;
  move.showModal();
});
by("move-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    await post(own("move"), Object.fromEntries(new FormData(event.target)));
    move.close();
  } catch (error) {
    moveProblem.textContent = t("failed", { reason: error.message });
    moveProblem.hidden = false;
  }
});
by("rotate-id").addEventListener("click", () => attempt(() => post(own("move"), { rotate: true })));
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-close]")) event.target.closest("dialog").close();
});

// --- a new person ---

const dialog = by("person");
const problem = by("person-problem");
by("new-person").addEventListener("click", () => {
  problem.hidden = true;
  dialog.showModal();
});
by("person-cancel").addEventListener("click", () => dialog.close());
by("person-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    const made = await post("/phone/customers", Object.fromEntries(new FormData(event.target)));
    location.search = new URLSearchParams({ customer: made.id });
  } catch (error) {
    problem.textContent = t("failed", { reason: error.message });
    problem.hidden = false;
  }
});
