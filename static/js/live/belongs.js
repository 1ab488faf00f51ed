// Whether a row belongs into the list on screen: yes, no, or undefined where only the server knows.
// conversations/lists.py and conversations/filter_fields.py say the same in SQL.

import { now } from "../time.js";
import { ownUnread } from "../unread.js";

const MINUTE = 60_000;
const element = document.getElementById("list-state");
export const state = element ? JSON.parse(element.textContent) : { view: "all", sort: "newest", conditions: [] };
const me = document.body.dataset.agent;
const PRIORITIES = { low: "1", normal: "2", high: "3", urgent: "4" };

/** Milliseconds from now to a time in the row's data; NaN when there is none. */
function until(text) {
  return Date.parse(text) - now();
}

function windowIs(row, value) {
  const left = until(row.dataset.windowExpiresAt);
  if (value === "closed") return !(left > 0);
  return left > 0 && (value === "open" || left < (value === "closing" ? 120 : 30) * MINUTE);
}

function slaIs({ dataset }, value) {
  const left = until(dataset.slaDueAt);
  if (value === "breached") return left <= 0;
  return left > 0 && (value === "running" || until(dataset.slaWarnAt) <= 0);
}

/** A key that may be empty: "none", "any" or an id. */
function keyIs(own, value) {
  if (value === "none") return !own;
  return value === "any" ? Boolean(own) : own === value;
}

// By field: does the row fit one value? Fields that are not here are asked of the server.
const fits = {
  status: (row, value) => row.dataset.status === value,
  assignee: (row, value) => keyIs(row.dataset.assignee, value === "me" ? me : value),
  team: (row, value) => keyIs(row.dataset.team, value),
  number: (row, value) => row.dataset.number === value,
  link: (row, value) => keyIs(row.dataset.link, value),
  label(row, value) {
    const own = row.dataset.labels.split(" ").filter(Boolean);
    return value === "none" ? !own.length : own.includes(value);
  },
  priority: (row, value) => row.dataset.priority === PRIORITIES[value],
  window: windowIs,
  sla: slaIs,
  waiting: (row, value) => until(row.dataset.waitingSince) < -Number(value) * MINUTE,
  unread: (row, value) => (ownUnread(row) > 0) === (value === "yes"),
};

function inView(row) {
  const { status, assignee } = row.dataset;
  const place = { mine: assignee === me, unassigned: !assignee, closing: windowIs(row, "closing") }[state.view] ?? true;
  if (!place || state.conditions.some(({ key }) => key === "status")) return place;
  if (state.view === "resolved" || state.view === "snoozed") return status === state.view;
  if (status === "snoozed") return state.view !== "mine" && state.view !== "unassigned";
  return status !== "resolved";
}

const KNOWN = ["mine", "unassigned", "all", "closing", "snoozed", "resolved"];

/** True, false, or undefined: ask the server. */
export function belongs(row) {
  if (state.rest) return undefined;
  const known = KNOWN.includes(state.view); // a view of somebody else's making: the server knows
  if (known && !inView(row)) return false;
  let isSure = known;
  for (const { key, op, values } of state.conditions) {
    if (!fits[key]) isSure = false;
    else if (values.some((value) => fits[key](row, value)) === (op === "not")) return false;
  }
  return isSure || undefined;
}
