// Part of the service worker: without a network a page is answered by one that says so. Nothing else is ever
// kept: no page, no message, no picture of a customer stays on the device.

const SHELL = "offline-1";
const PAGE = "/offline/";

self.addEventListener("install", (event) => {
  event.waitUntil((async () => {
    const cache = await caches.open(SHELL);
    const page = await fetch(PAGE, { cache: "reload", credentials: "omit" });
    const html = await page.clone().text();
    // What that page links to itself, whatever the build calls it today.
    const parts = [...html.matchAll(/(?:href|src)="(\/static\/[^"#]+\.(?:css|js|svg|woff2))"/g)].map((found) => found[1]);
    await cache.put(PAGE, page);
    await Promise.allSettled(parts.map((part) => cache.add(part)));
    await self.skipWaiting();
  })());
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    const old = (await caches.keys()).filter((name) => name.startsWith("offline-") && name !== SHELL);
    await Promise.all(old.map((name) => caches.delete(name)));
    await self.clients.claim();
  })());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== location.origin || request.method !== "GET") return;
  if (request.mode === "navigate") {
    event.respondWith(fetch(request).catch(() => caches.match(PAGE)));
  } else if (url.pathname.startsWith("/static/")) {
    event.respondWith(fetch(request).catch(async () => (await caches.match(request)) ?? Response.error()));
  }
});
