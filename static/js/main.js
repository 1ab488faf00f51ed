// The entry of every page: what all of them share. A page adds its own entry in the block "scripts".
import "./theme.js";
import "./time.js";
