// Drafts: what stands in a field of the composer outlives the page, per agent, conversation and kind of text.

const agent = document.body.dataset.agent;

function key(form) {
  return `draft:${agent}:${form.closest("#composer").dataset.conversation}:${form.dataset.mode}`;
}

/** Keep the text of `form`, or forget it when there is none. */
export function keep(form) {
  const { value } = form.elements.text;
  try {
    if (value) localStorage.setItem(key(form), value);
    else localStorage.removeItem(key(form));
  } catch {
    // A full or forbidden storage costs the draft, not the message.
  }
}

/** Put the kept text back into an empty field. */
export function bringBack(form) {
  const field = form.elements.text;
  if (field.value) return;
  try {
    field.value = localStorage.getItem(key(form)) ?? "";
  } catch {
    // A forbidden storage has no draft.
  }
}
