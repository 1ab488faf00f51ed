// Preferences: lets this browser ring when the page is closed (asked only by the click), and rings as a test.
// The browser's address goes to the server, which keeps it until it is removed here or one signs out.

import { post } from "./http.js";
import { chime, ring } from "./together/attention.js";

const box = document.getElementById("devices");
const button = box.querySelector("[data-push-on]");

function say(state) {
  for (const one of box.querySelectorAll("[data-push]")) one.hidden = one.dataset.push !== state;
}

/** "Chrome, Android": what one recognises one's browser by. */
function label() {
  const brands = { Firefox: "Firefox", Edg: "Edge", OPR: "Opera", Chrome: "Chrome", Safari: "Safari" };
  const systems = { Android: "Android", iPhone: "iPhone", iPad: "iPad", Windows: "Windows", "Mac OS X": "macOS", Linux: "Linux" };
  const find = (names) => Object.entries(names).find(([word]) => navigator.userAgent.includes(word))?.[1];
  return [find(brands), find(systems)].filter(Boolean).join(", ");
}

function keyBytes(text) {
  const raw = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(raw, (letter) => letter.charCodeAt(0));
}

async function subscribe() {
  const worker = await navigator.serviceWorker.register("/sw.js");
  await navigator.serviceWorker.ready;
  const applicationServerKey = keyBytes(box.dataset.key);
  await (await worker.pushManager.getSubscription())?.unsubscribe(); // maybe somebody else's, or another key's
  const { endpoint, keys } = (await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey })).toJSON();
  await post(box.dataset.url, { endpoint, ...keys, label: label() });
}

async function turnOn() {
  button.disabled = true;
  say("");
  try {
    if (await Notification.requestPermission() !== "granted") say("denied");
    else {
      await subscribe();
      location.reload();
    }
  } catch (error) {
    say("failed");
    const words = box.querySelector('[data-push="failed"] span');
    if (error.code && error.message && error.status) words.textContent = error.message; // the server's sentence
  }
  button.disabled = false;
}

async function test({ target }) {
  chime();
  if (window.Notification?.permission === "granted") ring({ title: target.textContent });
  try {
    await post(target.dataset.pushTest);
    say("tested");
  } catch {
    say("failed");
  }
}

if (!("PushManager" in window) || !navigator.serviceWorker) {
  button.hidden = true;
  say("missing");
} else if (Notification.permission === "denied") {
  button.hidden = true;
  say("denied");
}
button.addEventListener("click", turnOn);
box.querySelector("[data-push-test]").addEventListener("click", test);
