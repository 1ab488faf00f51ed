// The service worker of the installed app: registered when the page has come to rest, on secure pages only.

if ("serviceWorker" in navigator && isSecureContext) {
  addEventListener("load", () => {
    navigator.serviceWorker.register("/sw.js", { scope: "/" }).catch(() => {}); // the page works without it
  });
}
