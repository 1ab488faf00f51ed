// The entry of every page: what all of them share. A page adds its own entry in the block "scripts".
import { whenAtRest } from "./at-rest.js";
import { isPaletteKey } from "./palette-key.js";
import "./theme.js";
import "./time.js";
// Not part of the first load.
if (document.getElementById("palette")) {
  whenAtRest(() => import("./palette.js"), "[data-open-palette]", isPaletteKey);
}
