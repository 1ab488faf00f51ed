// Where the open conversation's window closed stands a line in its thread. It is no row of the database: the window's
// end says it, so it goes when the customer writes again.

import { place, thread } from "./thread.js";
import { now, serverIso } from "./time.js";

function draw() {
  const box = thread();
  if (!box) return;
  const ends = document.querySelector('#conversation [data-closes]:not([data-closes=""])')?.dataset.closes;
  const shown = document.getElementById("window-closed-line");
  const moment = Date.parse(ends ?? "");
  if (!moment || moment > now()) {
    shown?.remove();
    return;
  }
  const at = serverIso(moment);
  if (shown?.dataset.at === at) return;
  const line = document.getElementById("window-closed").content.firstElementChild.cloneNode(true);
  line.dataset.at = at;
  const time = line.querySelector("time");
  time.dateTime = at;
  time.textContent = at.slice(11, 16);
  shown?.remove();
  place(line);
}

for (const name of ["conversation:shown", "window:closed", "clock:ticked", "live:back"]) document.addEventListener(name, draw);
document.addEventListener("htmx:after:swap", () => document.getElementById("window-closed-line") || draw());
draw();
