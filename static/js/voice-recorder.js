// A voice note from the browser: record, pause, listen, discard, send. It takes the place of the text, the draft stays.
// The browser records what it can (Ogg, WebM, MP4); the server makes Ogg with mono Opus of it, which WhatsApp plays.

import { sendUpload } from "./composer.js";
import { Refusal, post } from "./http.js";
import { t } from "./strings.js";
import { openConversation } from "./thread.js";

const TYPES = ["audio/ogg;codecs=opus", "audio/webm;codecs=opus", "audio/mp4"];
const LONGEST_S = 300;
const TICK_MS = 100;
const BARS = 64;
const UPLOAD_PATIENCE_MS = 120_000;
const WANTED = { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true };

let take = null; // { conversation, stream, recorder, meter, parts, levels, seconds, since, timer, audio, state }

/** The panel of the open composer; it is looked up each time, for the composer is fetched again now and then. */
function panel() {
  return document.querySelector("#reply-form [data-recorder]");
}

function clock(seconds) {
  return `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
}

function heard() {
  return take.seconds + (take.state === "running" ? (performance.now() - take.since) / 1000 : 0);
}

function complain(message) {
  const box = document.getElementById("composer-error");
  if (!box) return;
  box.hidden = !message;
  box.querySelector("span").textContent = message;
}

// -- What one sees --------------------------------------------------------------------------------------

function draw() {
  const box = panel();
  if (!box) return;
  box.hidden = !take;
  box.closest("form").classList.toggle("has-recorder", Boolean(take));
  if (!take) return;
  const { state, audio } = take;
  const isPlaying = Boolean(audio && !audio.paused);
  const at = isPlaying ? audio.currentTime : heard();
  box.querySelector("[data-rec-time]").textContent = clock(at);
  box.querySelector(".rec").classList.toggle("is-recording", state === "running");
  box.querySelector("path").setAttribute("d", wave(isPlaying ? at / Math.max(heard(), 0.1) : 1));
  const words = { running: "rec_running", paused: heard() >= LONGEST_S ? "rec_full" : "rec_paused", sending: "rec_sending" };
  say(box.querySelector("[data-rec-state]"), t(isPlaying ? "rec_playing" : words[state]));
  const pause = box.querySelector("[data-rec-pause]");
  pause.setAttribute("aria-label", t(state === "running" ? "rec_pause" : "rec_resume"));
  pause.classList.toggle("is-paused", state !== "running");
  pause.disabled = state === "sending" || take.recorder.state === "inactive" || heard() >= LONGEST_S;
  box.querySelector("[data-rec-listen] span").textContent = t(isPlaying ? "rec_stop" : "rec_listen");
  for (const name of ["listen", "send", "discard"]) box.querySelector(`[data-rec-${name}]`).disabled = state === "sending";
}

/** A live region speaks when its text changes, so it changes only when there is something to say. */
function say(status, words) {
  if (status.textContent !== words) status.textContent = words;
}

/** The last levels as upright strokes; of what was played, only as much as was heard. */
function wave(share) {
  const shown = take.levels.slice(-BARS);
  const step = 256 / BARS;
  return shown.slice(0, Math.ceil(shown.length * share)).map((level, place) => {
    const tall = Math.max(2, level * 22);
    return `M${place * step + 2} ${((26 - tall) / 2).toFixed(1)}v${tall.toFixed(1)}`;
  }).join("");
}

function tick() {
  if (!take) return;
  if (take.state === "running") {
    const wavelet = new Uint8Array(take.meter.fftSize);
    take.meter.getByteTimeDomainData(wavelet);
    const loudest = wavelet.reduce((most, value) => Math.max(most, Math.abs(value - 128)), 0);
    take.levels.push(Math.min(1, Math.sqrt(loudest / 110))); // ears hear quiet sounds louder than numbers say
    if (heard() >= LONGEST_S) pause();
  }
  draw();
}

// -- What one does --------------------------------------------------------------------------------------

async function start() {
  if (take) return;
  complain("");
  if (!navigator.mediaDevices || !window.MediaRecorder) return complain(t("mic_insecure"));
  const conversation = openConversation();
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ audio: WANTED });
  } catch (error) {
    const known = { NotAllowedError: "mic_refused", SecurityError: "mic_refused", NotFoundError: "mic_missing" };
    return complain(t(known[error.name] ?? "mic_broken"));
  }
  if (openConversation() !== conversation || !panel() || take) return release(stream); // the agent has gone on
  const mimeType = TYPES.find((type) => MediaRecorder.isTypeSupported(type));
  const recorder = new MediaRecorder(stream, { mimeType, audioBitsPerSecond: 32_000 });
  const context = new AudioContext();
  const meter = new AnalyserNode(context, { fftSize: 1024 });
  context.createMediaStreamSource(stream).connect(meter);
  take = { conversation, stream, recorder, context, meter, parts: [], levels: [], seconds: 0, since: performance.now() };
  take.state = "running";
  const { parts } = take;
  recorder.addEventListener("dataavailable", (event) => event.data.size && parts.push(event.data));
  stream.getAudioTracks()[0].addEventListener("ended", pause); // unplugged, or permission withdrawn
  recorder.start(1000);
  take.timer = setInterval(tick, TICK_MS);
  draw();
  panel().querySelector("[data-rec-send]").focus();
}

function pause() {
  if (take?.state !== "running") return;
  take.seconds = heard();
  take.state = "paused";
  if (take.recorder.state === "recording") take.recorder.pause();
  draw();
}

function resume() {
  if (take?.state !== "paused" || take.recorder.state !== "paused" || heard() >= LONGEST_S) return;
  take.audio?.pause();
  take.recorder.resume();
  take.since = performance.now();
  take.state = "running";
  draw();
}

/** What was recorded so far, as one file; with `end`, nothing can be added to it. */
async function recorded({ end = false } = {}) {
  const { recorder, parts } = take;
  if (recorder.state !== "inactive") {
    const told = new Promise((resolve) => {
      recorder.addEventListener(end ? "stop" : "dataavailable", () => setTimeout(resolve), { once: true });
    });
    if (end) recorder.stop();
    else recorder.requestData();
    await told;
  }
  return new File(parts, "voice", { type: recorder.mimeType.split(";")[0] });
}

async function listen() {
  const mine = take;
  if (mine.audio && !mine.audio.paused) return mine.audio.pause();
  pause();
  const url = URL.createObjectURL(await recorded());
  if (take !== mine) return URL.revokeObjectURL(url);
  mine.audio = new Audio(url);
  for (const name of ["play", "pause", "ended"]) mine.audio.addEventListener(name, draw);
  mine.audio.addEventListener("ended", () => URL.revokeObjectURL(url));
  return mine.audio.play().catch(draw);
}

async function send() {
  const mine = take;
  const form = document.getElementById("reply-form");
  mine.audio?.pause();
  pause();
  mine.state = "sending";
  draw();
  complain("");
  try {
    const body = new FormData();
    body.append("file", await recorded({ end: true }));
    body.append("voice", "1");
    const answer = await (await post(form.dataset.uploadUrl, body, { patience: UPLOAD_PATIENCE_MS })).json();
    if (take !== mine) return; // discarded or left meanwhile
    discard();
    if (!sendUpload({ id: answer.id, name: t("voice_note") })) complain(t("window_closed"));
  } catch (error) {
    if (!(error instanceof Refusal)) console.error(error);
    if (take !== mine) return;
    mine.state = "paused"; // nothing is lost: it can be sent again
    complain(error.message || t("not_reached"));
    draw();
  }
}

function release(stream) {
  for (const track of stream.getTracks()) track.stop();
}

function discard() {
  if (!take) return;
  const { timer, recorder, stream, context, audio } = take;
  clearInterval(timer);
  audio?.pause();
  if (recorder.state !== "inactive") recorder.stop();
  release(stream);
  context.close();
  take = null;
  draw();
  document.getElementById("reply-text")?.focus();
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-record]")) start();
  if (!take) return;
  if (event.target.closest("[data-rec-discard]")) discard();
  else if (event.target.closest("[data-rec-listen]")) listen();
  else if (event.target.closest("[data-rec-send]")) send();
  else if (event.target.closest("[data-rec-pause]")) (take.state === "running" ? pause : resume)();
});

// A composer that was fetched again shows what goes on; another conversation ends it.
document.addEventListener("htmx:after:swap", draw);
document.addEventListener("conversation:shown", () => {
  if (take && take.conversation !== openConversation()) discard();
});
