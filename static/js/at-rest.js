// What the first load does not need is fetched when the page has come to rest.

const AGAIN_MS = 5_000;
const idle = window.requestIdleCallback ?? ((run) => setTimeout(run, 500));

/**
 * Call `load` (an import()) at rest; when the network does not give it, again until it does. Browsers fetch anew what
 * they failed to fetch since 2026 (whatwg/html#10327); older ones know no more until the page is loaded again.
 */
export function whenAtRest(load) {
  idle(() => {
    load().catch((error) => {
      // The line is down, or the page is being left.
      console.warn(error.message);
      setTimeout(() => whenAtRest(load), AGAIN_MS);
    });
  });
}
