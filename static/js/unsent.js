// Messages that the server has not answered for yet: they outlive another conversation and a reload, per agent.
// Each entry has a key of its own in localStorage, so two tabs do not write over each other; files are not kept,
// only the id of the finished upload.

const prefix = `unsent:${document.body.dataset.agent}:`;
const entries = new Map(); // client UUID → { id, conversation, url, mode, fields, shown, at, reason, refused }

function keyOf({ conversation, id }) {
  return `${prefix}${conversation}:${id}`;
}

function stored(conversation) {
  const found = [];
  try {
    for (let place = 0; place < localStorage.length; place += 1) {
      const key = localStorage.key(place);
      if (key.startsWith(`${prefix}${conversation}:`)) found.push(JSON.parse(localStorage.getItem(key)));
    }
  } catch {
    // A forbidden storage keeps nothing, and a foreign value is none of ours.
  }
  return found.sort((one, other) => Date.parse(one.at) - Date.parse(other.at));
}

/** Keep `entry` as it stands now. */
export function remember(entry) {
  entries.set(entry.id, entry);
  const { sending, restored, ...lasting } = entry; // true of this page only
  try {
    localStorage.setItem(keyOf(entry), JSON.stringify(lasting));
  } catch {
    // A full or forbidden storage: this page still knows it.
  }
}

/** The server has it, or the agent threw it away. */
export function forget(id) {
  const entry = entries.get(id);
  if (!entry) return;
  entries.delete(id);
  try {
    localStorage.removeItem(keyOf(entry));
  } catch {
    // Nothing was kept.
  }
}

/** Whether the entry still waits for an answer. */
export function isUnsent(id) {
  return entries.has(id);
}

/** What of `conversation` waits, oldest first; what an earlier page or another tab left counts as failed. */
export function unsentOf(conversation) {
  for (const entry of [...entries.values()]) {
    // Another tab may have sent it since; storage knows.
    if (entry.restored && !entry.sending && entry.conversation === conversation) entries.delete(entry.id);
  }
  for (const entry of stored(conversation)) {
    if (!entries.has(entry.id)) entries.set(entry.id, { ...entry, restored: true });
  }
  return [...entries.values()].filter((entry) => entry.conversation === conversation);
}

/** What this page wrote and could not deliver for want of a connection. */
export function undelivered() {
  return [...entries.values()].filter((entry) => !entry.restored && !entry.sending && !entry.refused);
}
