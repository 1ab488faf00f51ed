// The words of the service level in rows: "SLA in 22 min", "SLA missed". inbox/sla.py draws them first.

import { t } from "../strings.js";
import { now } from "../time.js";

/** Bring everything below `scope` that shows a service level up to now. */
export function drawSla(scope = document) {
  for (const element of scope.querySelectorAll("[data-sla]")) {
    const left = Date.parse(element.dataset.sla) - now();
    const words = left <= 0 ? t("sla_missed") : t("sla_in", { time: brief(left) });
    if (element.textContent !== words) element.textContent = words;
    const isWarned = Date.parse(element.dataset.slaWarn) <= now();
    element.classList.toggle("danger", left <= 0);
    element.classList.toggle("warn", left > 0 && isWarned);
    element.classList.toggle("faint", left > 0 && !isWarned);
  }
}

function brief(left) {
  const minutes = Math.floor(left / 60_000);
  const hours = Math.floor(minutes / 60);
  if (!hours) return t("minutes_brief", { minutes });
  return t("hours_brief", { hours, minutes: String(minutes % 60).padStart(2, "0") });
}

document.addEventListener("clock:ticked", () => drawSla());
