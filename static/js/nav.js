// The entry of every page with the side navigation: the bell, and how it rings.
// The inbox has its own connection; any other page opens one that listens to the bell only.

import "./together/attention.js";
import "./together/bell.js";
import { Connection } from "./live/connection.js";

if (!document.body.dataset.sequence) {
  new Connection("/ws/inbox/", "", {
    onFrame: (frame) => document.dispatchEvent(new CustomEvent(`told:${frame.type}`, { detail: frame })),
    onState: () => {}, // nothing on these pages waits for it
  });
}
