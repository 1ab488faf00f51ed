// A burst of events is work for one: what is asked for at once is done at once, what follows is gathered.

/** `run`, called at most every `ms`: the first time at once, then once more for all calls in between. */
export function calmly(run, ms) {
  let timer;
  let isDue = false;
  return function calm() {
    isDue = Boolean(timer);
    if (isDue) return;
    run();
    timer = setTimeout(() => {
      timer = undefined;
      if (isDue) calm();
    }, ms);
  };
}
