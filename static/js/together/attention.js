// How a notification reaches the agent: desktop, sound, the tab's title, its icon; each as their preferences say.
// The server sends none for what is on screen. Of several tabs one rings: the one that holds the lock.

const bell = document.getElementById("bell");
const icon = document.querySelector('link[rel="icon"]');
const plainIcon = icon?.href;
const sound = bell.dataset.sound ? new Audio() : null;
if (sound) Object.assign(sound, { preload: "none", src: bell.dataset.sound, volume: 0.5 });
let rings = !navigator.locks;
navigator.locks?.request("helpdesk:rings", () => {
  rings = true;
  return new Promise(() => {}); // until this tab is closed
});

function showCount(count) {
  if ("title" in bell.dataset) {
    document.title = (count ? `(${count}) ` : "") + document.title.replace(/^\(\d+\) /, "");
  }
  if (bell.dataset.badge && icon) icon.href = count ? bell.dataset.badge : plainIcon;
}

function open(conversation) {
  window.focus();
  const wanted = new CustomEvent("conversation:wanted", { detail: conversation, cancelable: true });
  if (document.dispatchEvent(wanted)) location.assign(`/conversations/${conversation}/?view=all`);
}

/** A desktop notification; a later one of the same conversation takes its place. */
export async function ring({ title, customer = "", text = "", conversation = "" }) {
  const body = [title.includes(customer) ? "" : customer, text].filter(Boolean).join(": ");
  const options = { body, tag: conversation ? `conversation-${conversation}` : "test", data: { url: `/conversations/${conversation}/` } };
  try {
    const shown = new Notification(title, options);
    shown.addEventListener("click", () => {
      shown.close();
      if (conversation) open(conversation);
    });
  } catch {
    // Android shows them only through the service worker.
    const worker = await navigator.serviceWorker?.getRegistration();
    await worker?.showNotification(title, options);
  }
}

/** Play the sound; browsers refuse it until the page was touched once. */
export function chime() {
  sound?.play().catch(() => {});
}

document.addEventListener("told:notification", ({ detail }) => {
  if (!rings) return;
  chime();
  if ("desktop" in bell.dataset && window.Notification?.permission === "granted") ring(detail);
});
document.addEventListener("bell:counted", ({ detail }) => showCount(detail));
