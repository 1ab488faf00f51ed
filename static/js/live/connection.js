// The WebSocket to /ws/inbox/: opens again by itself after any loss, asking for what came since the last event told.
// Hands frames to `onFrame`; says "lost" (after a second), "back" and "ended" (not logged in any more) to `onState`.

const BEAT_MS = 5_000; // the server's
const SILENCE_MS = 2.4 * BEAT_MS;
const TOLERATED_MS = 1_000;
const LONGEST_WAIT_MS = 20_000;
const NOT_LOGGED_IN = 4401;
const WRONG_ORIGIN = 4403;

export class Connection {
  /** `since` is the number of the last event the page was drawn with. */
  constructor(path, since, { onFrame, onState }) {
    this.address = `${location.protocol === "https:" ? "wss:" : "ws:"}//${location.host}${path}`;
    this.since = since;
    this.onFrame = onFrame;
    this.onState = onState;
    this.failures = 0;
    this.state = "back"; // innocent until lost
    addEventListener("offline", () => this.#drop());
    addEventListener("online", () => this.#openNow());
    addEventListener("pageshow", (event) => event.persisted && this.#openNow());
    document.addEventListener("visibilitychange", () => document.hidden || this.#check());
    this.#open();
  }

  #open() {
    clearTimeout(this.retry);
    const socket = new WebSocket(`${this.address}?since=${this.since}`);
    this.socket = socket;
    this.#listenFor(SILENCE_MS);
    socket.addEventListener("message", (event) => socket === this.socket && this.#take(JSON.parse(event.data)));
    socket.addEventListener("close", (event) => socket === this.socket && this.#closed(event.code));
  }

  #take(frame) {
    this.#listenFor(SILENCE_MS);
    this.onFrame(frame);
    if (frame.type === "hello") {
      this.failures = 0;
      clearTimeout(this.patience);
      this.patience = undefined;
      document.documentElement.dataset.live = "back"; // tests wait for it
      this.#say("back");
    }
    if (frame.sequence > this.since || frame.type === "hello") this.since = frame.sequence;
  }

  /** A connection that says nothing for `ms` is dead, whatever the browser believes. */
  #listenFor(ms) {
    this.heardAt = Date.now();
    clearTimeout(this.silence);
    this.silence = setTimeout(() => this.#drop(), ms);
  }

  #closed(code) {
    clearTimeout(this.silence);
    this.socket = undefined;
    if (code === NOT_LOGGED_IN || code === WRONG_ORIGIN) {
      this.#say("ended");
      return;
    }
    this.patience ??= setTimeout(() => this.#say("lost"), navigator.onLine ? TOLERATED_MS : 0);
    // Many browsers lose a restarted server at once; they must not all come back at once.
    const wait = Math.min(LONGEST_WAIT_MS, 250 * 2 ** this.failures);
    this.failures += 1;
    clearTimeout(this.retry);
    this.retry = setTimeout(() => this.#open(), wait * (0.5 + Math.random() / 2));
  }

  #drop() {
    const socket = this.socket;
    if (!socket) {
      if (!navigator.onLine) this.#say("lost");
      return;
    }
    this.#closed(0); // not waiting for the close event: on a dead network it takes minutes
    socket.close();
  }

  /** Tell the server something small; what is said while there is no connection is not said later. */
  say(words) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(words));
  }

  /** The reader does not want to wait. */
  tryNow() {
    this.#drop();
    clearTimeout(this.retry);
    this.#openNow();
  }

  #openNow() {
    if (this.state === "ended" || this.socket) return;
    this.failures = 0;
    this.#open();
  }

  /** After sleep timers are late: ask the clock. */
  #check() {
    if (this.socket && Date.now() - this.heardAt > SILENCE_MS) this.#drop();
    else this.#openNow();
  }

  #say(state) {
    if (state === this.state) return;
    this.state = state;
    this.onState(state);
  }
}
