// The service worker: shows what is pushed while no page is open, and opens the conversation on a click.
// It keeps nothing and answers no requests.

self.addEventListener("push", (event) => {
  const { title, body, tag, url } = event.data?.json() ?? {};
  if (title) event.waitUntil(self.registration.showNotification(title, { body, tag, data: { url } }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(new URL(event.notification.data?.url ?? "/", self.location.origin)));
});

async function open(url) {
  if (url.origin !== self.location.origin) return;
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const page = pages.find((one) => new URL(one.url).pathname.startsWith("/conversations/") || new URL(one.url).pathname === "/");
  if (!page) {
    await self.clients.openWindow(url.href);
    return;
  }
  await page.focus();
  page.postMessage({ open: url.pathname });
}
