// What is unread for the agent who looks: rows are drawn for everybody, each agent has a marker of how far they read.
// conversations/services/reading.py says the same.

const seen = new Map(); // conversation → how many of the customer's messages this agent has seen
const mentioned = new Set(); // conversations with a mention that this agent had not read when their row was drawn

/** Remember the markers that rows drawn for this agent bring along. */
export function learn(rows) {
  for (const { dataset } of rows) {
    if (dataset.seen) seen.set(dataset.conversation, Number(dataset.seen));
    if ("mentioned" in dataset) mentioned.add(dataset.conversation);
  }
}

/** 1 where a note meant this agent when the list was drawn: what is read meanwhile stays where it is. */
export function mentionRank({ dataset }) {
  return mentioned.has(dataset.conversation) ? 1 : 0;
}

/** This agent has read all of what the row counts: here or in another tab. */
export function haveRead(row) {
  if (row.dataset.inbound) seen.set(row.dataset.conversation, Number(row.dataset.inbound));
}

/** How many messages of a row are new to this agent. */
export function ownUnread({ dataset }) {
  const marker = seen.get(dataset.conversation);
  return marker === undefined ? Number(dataset.unread) : Math.max(0, Number(dataset.inbound) - marker);
}

/** Let a row show it; changes nothing that is right. */
export function drawUnread(row) {
  const count = ownUnread(row);
  row.querySelector(".conv").classList.toggle("unread", count > 0);
  const shown = row.querySelector(".conv-2 > .count");
  if (!shown || shown.textContent === String(count)) return;
  shown.textContent = count;
  shown.hidden = count === 0;
  shown.setAttribute("aria-label", shown.getAttribute("aria-label").replace(/\d+/, count));
}
