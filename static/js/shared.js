// What a phone's share sheet handed over (inbox/views/share.py) goes into the composer of the conversation it was for.

import { post } from "./http.js";
import { addUploaded } from "./uploads.js";

async function takeShared() {
  const address = new URL(location.href);
  if (!address.searchParams.has("shared")) return;
  address.searchParams.delete("shared"); // a reload does not ask again
  history.replaceState(history.state, "", address);
  const field = document.getElementById("reply-text");
  if (!field) return;
  const { text, files } = await (await post("/share/taken/")).json();
  const form = document.getElementById("reply-form");
  for (const file of form ? files : []) addUploaded(form, file);
  if (!text) return;
  field.value = [field.value, text].filter(Boolean).join("\n"); // a draft that stands there stays
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

takeShared();
