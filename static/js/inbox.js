// The entry of the inbox: one module per concern; each listens on the document, so swapped parts need no wiring.
import "./list.js";
import "./thread.js";
import "./composer.js";
import "./uploads.js";
import "./voice-recorder.js";
import "./picker.js";
import "./kinds.js";
import "./attach.js";
import "./typing.js";
import "./keys.js";
import "./player.js";
import "./bubbles.js";
import "./lightbox.js";
import "./live.js";

// Not part of the first load: fetched when the page has come to rest.
const atRest = window.requestIdleCallback ?? ((run) => setTimeout(run, 500));
atRest(() => import("./emoji.js"));
