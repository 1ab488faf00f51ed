// Fragments that are pushed are drawn once for all agents, in the company's time zone; here their times become mine.
// Nothing to do where both have the same clock, which is nearly always.

const zone = document.documentElement.dataset.zone;
const ISO = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?([+-]\d\d:\d\d|Z)$/;
const ATTRIBUTES = ["data-at", "data-last-at", "datetime"];
const clock = new Intl.DateTimeFormat("sv-SE", {
  timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit",
});

/** An ISO time as my clock says it, its fraction kept: "2026-11-22T09:14:00.123456+00:00". */
export function mine(iso) {
  const found = ISO.exec(iso);
  if (!found) return iso;
  const at = Date.parse(`${found[1]}${found[3]}`);
  const here = clock.format(at).replace(" ", "T");
  const minutes = Math.round((Date.parse(`${here}Z`) - at) / 60_000);
  const two = (number) => String(number).padStart(2, "0");
  const ahead = Math.abs(minutes);
  return `${here}${found[2] ?? ""}${minutes < 0 ? "-" : "+"}${two(Math.floor(ahead / 60))}:${two(ahead % 60)}`;
}

/** As briefly as a list row wants it: 10:45, yesterday, Wed, 12.03. inbox_text.row_time says the same. */
function brief(iso) {
  const day = iso.slice(0, 10);
  const today = clock.format(Date.now()).slice(0, 10);
  const days = Math.round((Date.parse(today) - Date.parse(day)) / 86_400_000);
  const { lang } = document.documentElement;
  if (days <= 0) return iso.slice(11, 16);
  if (days === 1) return new Intl.RelativeTimeFormat(lang, { numeric: "auto" }).format(-1, "day");
  const noon = new Date(`${day}T12:00:00`);
  if (days < 7) return new Intl.DateTimeFormat(lang, { weekday: "short" }).format(noon);
  const parts = lang === "de" ? { day: "2-digit", month: "2-digit" } : { day: "numeric", month: "short" };
  if (day.slice(0, 4) !== today.slice(0, 4)) parts.year = "numeric";
  return new Intl.DateTimeFormat(lang, parts).format(noon);
}

function isMine(html) {
  const first = /(?:data-at|data-last-at|datetime)="([^"]+)"/.exec(html);
  return !first || mine(first[1]) === first[1];
}

function translate(html) {
  if (!html || isMine(html)) return html;
  const template = document.createElement("template");
  template.innerHTML = html;
  for (const name of ATTRIBUTES) {
    for (const one of template.content.querySelectorAll(`[${name}]`)) one.setAttribute(name, mine(one.getAttribute(name)));
  }
  for (const time of template.content.querySelectorAll("time[datetime]")) {
    const text = time.textContent.trim();
    if (time.closest(".conv-1")) time.textContent = brief(time.dateTime);
    else if (/^\d\d:\d\d$/.test(text)) time.textContent = time.dateTime.slice(11, 16);
  }
  return template.innerHTML.trim();
}

/** The fragments of a frame, by slot, with my times. */
export function inMyZone(html = {}) {
  return zone ? Object.fromEntries(Object.entries(html).map(([slot, text]) => [slot, translate(text)])) : html;
}
