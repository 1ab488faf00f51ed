// The entry of the contacts' pages: the blocks of a person, the gallery's pictures and voice notes.
import "./bubbles.js";
import "./lightbox.js";
import "./pane.js";
import "./player.js";
