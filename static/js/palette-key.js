// The key that opens the command palette, known before the palette itself has been fetched.

/** Whether `event` is Ctrl-K or ⌘K; filling in a form, browsers send keydowns without a key. */
export function isPaletteKey({ key, ctrlKey, metaKey, shiftKey, altKey }) {
  return key?.toLowerCase() === "k" && (ctrlKey || metaKey) && !shiftKey && !altKey;
}
