// Voice notes and videos: one plays at a time, a click or an arrow key on the wave seeks, the speed goes round.
// Nothing is fetched before the first play; a bubble that is drawn anew meanwhile goes on where it was.

import { post } from "./http.js";
import { t } from "./strings.js";

const SPEEDS = [1, 1.5, 2];
const STEP_S = 5;
let speed = 1;
let playing = null; // { box, audio }

function clock(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

function lengthOf({ box, audio }) {
  if (Number.isFinite(audio.duration) && audio.duration > 0) return audio.duration;
  return Number(box.dataset.seconds) || 0; // a recording cut off by a browser does not know
}

function draw() {
  if (!playing) return;
  if (!playing.box.isConnected) {
    playing.box = document.querySelector(`[data-voice="${CSS.escape(playing.audio.dataset.source)}"]`) ?? playing.box;
  }
  const { box, audio } = playing;
  const length = lengthOf(playing);
  const at = audio.ended ? 0 : Math.min(audio.currentTime, length || audio.currentTime);
  const seek = box.querySelector(".seek");
  const wave = seek.querySelector("svg");
  wave.querySelector("svg").setAttribute("width", length ? (at / length) * wave.viewBox.baseVal.width : 0);
  seek.setAttribute("aria-valuemax", Math.round(length));
  seek.setAttribute("aria-valuenow", Math.round(at));
  seek.setAttribute("aria-valuetext", t("time_of", { at: clock(at), length: clock(length) }));
  box.querySelector("[data-left]").textContent = clock(at > 0 ? at : length);
  box.classList.toggle("is-playing", !audio.paused);
  box.querySelector(".play").setAttribute("aria-label", audio.paused ? t("play") : t("pause"));
}

function open(box) {
  if (playing?.box === box) return;
  if (playing) {
    playing.audio.pause();
    draw();
  }
  const audio = new Audio(box.dataset.voice);
  audio.dataset.source = box.dataset.voice;
  audio.playbackRate = speed;
  for (const name of ["timeupdate", "play", "pause", "ended", "loadedmetadata", "seeked"]) audio.addEventListener(name, draw);
  playing = { box, audio };
}

function toggle(box) {
  open(box);
  for (const film of document.querySelectorAll("video")) film.pause();
  if (playing.audio.paused) playing.audio.play().catch(draw);
  else playing.audio.pause();
}

function seekTo(box, seconds) {
  open(box);
  playing.audio.currentTime = Math.min(Math.max(seconds, 0), lengthOf(playing) || Infinity);
  draw();
}

function seekByPointer(box, event) {
  const area = box.querySelector(".seek").getBoundingClientRect();
  open(box);
  seekTo(box, ((event.clientX - area.left) / area.width) * lengthOf(playing));
}

/** The still gives way to the video, which loads only now. */
function playFilm(box) {
  const film = document.createElement("video");
  Object.assign(film, { src: box.dataset.video, controls: true, autoplay: true, playsInline: true });
  const still = box.querySelector("img");
  if (still) {
    film.poster = still.src;
    film.width = still.width;
    film.height = still.height;
  }
  film.addEventListener("play", () => playing?.audio.pause());
  box.replaceChildren(film);
  film.focus();
}

document.addEventListener("click", (event) => {
  const box = event.target.closest("[data-voice]");
  const film = event.target.closest("[data-video]");
  const fetchAgain = event.target.closest("[data-fetch]");
  if (film && !film.querySelector("video")) playFilm(film);
  if (fetchAgain) {
    fetchAgain.disabled = true;
    post(fetchAgain.dataset.fetch).catch(() => { fetchAgain.disabled = false; });
  }
  if (!box) return;
  if (event.target.closest(".play")) toggle(box);
  else if (event.target.closest(".speed")) {
    speed = SPEEDS[(SPEEDS.indexOf(speed) + 1) % SPEEDS.length];
    if (playing) playing.audio.playbackRate = speed;
    for (const button of document.querySelectorAll(".speed")) {
      button.textContent = `${speed.toLocaleString(document.documentElement.lang)}×`;
    }
  }
});

document.addEventListener("pointerdown", (event) => {
  const seek = event.target.closest("[data-voice] .seek");
  if (!seek || event.button) return;
  const box = seek.closest("[data-voice]");
  seekByPointer(box, event);
  const follow = (moved) => seekByPointer(box, moved);
  seek.setPointerCapture(event.pointerId);
  seek.addEventListener("pointermove", follow);
  seek.addEventListener("lostpointercapture", () => seek.removeEventListener("pointermove", follow), { once: true });
});

document.addEventListener("keydown", (event) => {
  const seek = event.target.closest?.("[data-voice] .seek");
  if (!seek || event.ctrlKey || event.metaKey || event.altKey) return;
  const box = seek.closest("[data-voice]");
  const at = playing?.box === box ? playing.audio.currentTime : 0;
  const to = { ArrowLeft: at - STEP_S, ArrowDown: at - STEP_S, ArrowRight: at + STEP_S, ArrowUp: at + STEP_S, Home: 0 };
  if (event.key in to) seekTo(box, to[event.key]);
  else if (event.key === "End") seekTo(box, Number(box.dataset.seconds));
  else if (event.key === " " || event.key === "Enter") toggle(box);
  else return;
  event.preventDefault();
});
