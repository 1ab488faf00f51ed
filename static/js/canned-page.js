// The page of canned responses and macros: a placeholder goes where the text was written last, a field is there when
// what was chosen needs it. Without this script every field is there.
import "./keys.js";

const form = document.getElementById("canned-form");
const macro = document.getElementById("macro-form");
let area = form?.querySelector("textarea");

form?.addEventListener("focusin", (event) => {
  if (event.target.matches("textarea")) area = event.target;
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-placeholder]");
  if (!button || !area) return;
  area.focus();
  area.setRangeText(`{{${button.dataset.placeholder}}}`, area.selectionStart, area.selectionEnd, "end");
});

function showTeam(whole) {
  const team = whole?.querySelector('.canned-field[data-field="team"]');
  if (team && !team.closest("[data-step]")) team.hidden = whole.elements.scope.value !== "team";
}

/** Of each action its own field; one empty action more than there are. */
function showSteps() {
  const fields = JSON.parse(document.getElementById("fields-of").textContent);
  const steps = [...macro.querySelectorAll("[data-step]")];
  const last = steps.findLastIndex((step) => step.querySelector('[data-field="kind"] select').value);
  steps.forEach((step, place) => {
    const kind = step.querySelector('[data-field="kind"] select').value;
    step.hidden = place > last + 1;
    for (const field of step.querySelectorAll("[data-field]")) {
      field.hidden = field.dataset.field !== "kind" && field.dataset.field !== fields[kind];
    }
  });
}

function show() {
  showTeam(form ?? macro);
  if (macro) showSteps();
}

/** What the composer held when "Save text as canned response" was chosen: into a new one, once. */
function begin() {
  const text = sessionStorage.getItem("canned-begun");
  if (text === null || !form) return;
  sessionStorage.removeItem("canned-begun");
  const area = form.elements[`text_${document.documentElement.lang.slice(0, 2)}`] ?? form.elements.text_de;
  if ("isNew" in form.dataset && !area.value) area.value = text;
}

begin();
document.addEventListener("change", show);
show();
