// What the first load does not need is fetched when the page has come to rest, or as soon as a hand asks for it.

const AGAIN_MS = 5_000;
const idle = window.requestIdleCallback ?? ((run) => setTimeout(run, 500));

/**
 * Call `load` (an import()) at rest. A click on what matches `clicks`, or a key that `isKey` knows, comes before that
 * at times: then it is called at once, and the event given again when there is somebody to hear it.
 * When the network does not give it, again until it does. Browsers fetch anew what they failed to fetch since 2026
 * (whatwg/html#10327); older ones know no more until the page is loaded again.
 */
export function whenAtRest(load, clicks, isKey = () => false) {
  const held = [];
  let isOnItsWay = false;

  async function fetchIt() {
    if (isOnItsWay) return;
    isOnItsWay = true;
    try {
      await load();
    } catch (error) {
      // The line is down, or the page is being left. Nobody wants to see done later what they have given up.
      console.warn(error.message);
      held.length = 0;
      isOnItsWay = false;
      setTimeout(fetchIt, AGAIN_MS);
      return;
    }
    for (const name of ["click", "keydown"]) document.removeEventListener(name, hold, true);
    for (const { event, target } of held) heir(target)?.dispatchEvent(new event.constructor(event.type, event));
  }

  /** The same thing, in case its part of the page was fetched again meanwhile. */
  function heir(target) {
    return target.isConnected ? target : [...document.querySelectorAll(clicks)].find((one) => one.isEqualNode(target));
  }

  function hold(event) {
    const target = event.type === "click" ? event.target.closest?.(clicks) : isKey(event) && document.body;
    if (!target || (event.type === "click" && (event.metaKey || event.ctrlKey || event.shiftKey))) return; // the browser's
    event.preventDefault();
    event.stopImmediatePropagation();
    held.push({ event, target });
    fetchIt();
  }

  for (const name of ["click", "keydown"]) document.addEventListener(name, hold, true);
  idle(fetchIt);
}
