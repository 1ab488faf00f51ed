// Tells the server that somebody types an answer, so that the customer sees it; at most every 20 seconds.
// A business number that does not show it gives the form no address, and nothing is sent.

import { post } from "./http.js";

const EVERY_MS = 20_000;
const told = new Map(); // conversation → when

document.addEventListener("input", (event) => {
  const url = event.target.id === "reply-text" && event.target.value.trim() && event.target.form.dataset.typingUrl;
  if (!url || Date.now() - (told.get(url) ?? 0) < EVERY_MS) return;
  told.set(url, Date.now());
  post(url).catch(() => told.delete(url)); // a courtesy: what fails is not said
});
