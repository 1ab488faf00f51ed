// The team's table is fetched anew every ten seconds while it is looked at; not while somebody types in it.

import { get } from "./http.js";

const rows = document.querySelector("#team tbody");

setInterval(async () => {
  if (document.hidden || rows.contains(document.activeElement)) return;
  try {
    const html = await (await get(rows.dataset.url)).text();
    if (!rows.contains(document.activeElement)) rows.innerHTML = html;
  } catch {
    // The next one may reach the server.
  }
}, 10_000);
