// The entry of the inbox: one module per concern; each listens on the document, so swapped parts need no wiring.
import { whenAtRest } from "./at-rest.js";
import "./list.js";
import "./thread.js";
import "./composer.js";
import "./canned.js";
import "./undo.js";
import "./uploads.js";
import "./voice-recorder.js";
import "./picker.js";
import "./kinds.js";
import "./attach.js";
import "./typing.js";
import "./keys.js";
import "./menus.js";
import "./player.js";
import "./bubbles.js";
import "./live.js";
import "./filters.js";
import "./bulk.js";
import "./together/watching.js";
import "./together/mentions.js";
import "./crossing.js";
import "./window-line.js";
import "./shared.js";
import "./app-install.js";

// Not part of the first load.
whenAtRest(() => import("./emoji.js"), "button[data-emoji], [data-react], [data-take-back]");
whenAtRest(() => import("./lightbox.js"), "a[data-lightbox]");
whenAtRest(() => import("./find.js"), "[data-find-open]");
whenAtRest(() => import("./pane.js"), "[data-slot-open], [data-slot-form], [data-edit], [data-copy]");
