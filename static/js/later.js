// Sending later: the menu of times, the line that says what a time means, another time for what already waits.
// The server says which times there are and which are too late; nothing here computes with days.

import { Refusal, element, get, postForText } from "./http.js";
import { t } from "./strings.js";
import { place } from "./thread.js";

const pop = document.getElementById("later");
let target = null; // the form, or the bubble whose time is changed

function refused(error) {
  if (!(error instanceof Refusal)) throw error;
  const line = pop.querySelector("[data-later-error]");
  if (!line) return;
  line.hidden = false;
  line.textContent = error.message || t(error.offline ? "not_reached" : "went_wrong");
}

/** The time a form's message is planned for, or "". */
export function plannedFor(form) {
  return form.querySelector("[data-planned]")?.dataset.planned ?? "";
}

/** Whether the chosen time is too late for a reply. */
export function isPlanLate(form) {
  return Boolean(form.querySelector('[data-planned=""]'));
}

/** No time any more: the next message leaves at once. */
export function endPlan(form) {
  const box = form.querySelector("[data-plan]");
  if (!box) return;
  box.replaceChildren();
  showPlan(form);
}

function showPlan(form) {
  const isPlanned = Boolean(plannedFor(form));
  form.querySelector("[data-later]").setAttribute("aria-pressed", String(Boolean(form.querySelector("[data-planned]"))));
  form.querySelector("[data-send-now]").hidden = isPlanned;
  form.querySelector("[data-send-later]").hidden = !isPlanned;
}

function anchorTo(anchor, whole) {
  const from = anchor.getBoundingClientRect();
  pop.style.left = `${Math.max(8, Math.min(from.left - 8, innerWidth - pop.offsetWidth - 8))}px`;
  const above = whole.getBoundingClientRect().top - pop.offsetHeight - 6;
  pop.style.top = `${above > 8 ? above : Math.max(8, Math.min(from.bottom + 6, innerHeight - pop.offsetHeight - 8))}px`;
}

async function open(anchor, whole) {
  target = whole;
  pop.replaceChildren();
  try {
    pop.innerHTML = await (await get(whole.dataset.laterUrl)).text();
  } catch (error) {
    return refused(error);
  }
  pop.showPopover();
  anchorTo(anchor, whole);
  return pop.querySelector("button, input").focus();
}

async function choose(at) {
  if (!at) return refused(new Refusal(t("no_time"), { status: 422 }));
  try {
    const html = await (await get(`${target.dataset.laterUrl}?at=${encodeURIComponent(at)}`)).text();
    const line = element(html);
    if (target.matches("form")) {
      target.querySelector("[data-plan]").replaceChildren(line);
      showPlan(target);
      pop.hidePopover();
      return (line.dataset.planned ? target.elements.text : line.querySelector("button")).focus();
    }
    if (!line.dataset.planned) {
      return refused(new Refusal(line.querySelector(".grow").textContent.trim(), { status: 422 }));
    }
    place(element(await postForText(target.dataset.move, { leave_at: line.dataset.planned })));
    return pop.hidePopover();
  } catch (error) {
    return refused(error);
  }
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-later], [data-later-change]");
  const change = event.target.closest("[data-change-time]");
  const choice = event.target.closest("[data-later-at]");
  if (opener) open(opener, opener.closest("form"));
  if (change) open(change, change.closest("article"));
  if (choice) choose(choice.dataset.laterAt);
  if (event.target.closest("[data-later-own]")) choose(pop.querySelector("#later-own").value);
  if (event.target.closest("[data-later-none]")) {
    const { form } = event.target.closest("[data-later-none]");
    endPlan(form);
    form.elements.text.focus();
  }
});

pop?.addEventListener("keydown", (event) => {
  if (event.target.id === "later-own" && event.key === "Enter") {
    event.preventDefault();
    choose(event.target.value);
  }
  if (!["ArrowDown", "ArrowUp"].includes(event.key) || event.target.matches("input")) return;
  const all = [...pop.querySelectorAll("button, input")];
  event.preventDefault();
  all[all.indexOf(event.target) + (event.key === "ArrowDown" ? 1 : -1)]?.focus();
});
