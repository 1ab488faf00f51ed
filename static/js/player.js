// Voice notes: one plays at a time, a click on the bar seeks, the speed goes round 1, 1.5, 2.
// The sound is fetched on the first play only.

import { t } from "./strings.js";

const SPEEDS = [1, 1.5, 2];
let speed = 1;
let playing = null; // { box, audio }

function draw() {
  if (!playing) return;
  const { box, audio } = playing;
  const bar = box.querySelector("progress");
  bar.max = Number.isFinite(audio.duration) && audio.duration > 0 ? audio.duration : 1;
  bar.value = audio.ended ? 0 : audio.currentTime;
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
  for (const name of ["timeupdate", "play", "pause", "ended", "loadedmetadata"]) audio.addEventListener(name, draw);
  playing = { box, audio };
}

function label(number) {
  return `${number.toLocaleString(document.documentElement.lang)}×`;
}

document.addEventListener("click", (event) => {
  const box = event.target.closest("[data-voice]");
  if (!box) return;
  if (event.target.closest(".play")) {
    open(box);
    playing.audio.playbackRate = speed;
    if (playing.audio.paused) playing.audio.play().catch(draw);
    else playing.audio.pause();
  } else if (event.target.closest(".speed")) {
    speed = SPEEDS[(SPEEDS.indexOf(speed) + 1) % SPEEDS.length];
    if (playing) playing.audio.playbackRate = speed;
    for (const button of document.querySelectorAll(".speed")) button.textContent = label(speed);
  } else if (event.target.matches("progress") && playing?.box === box && playing.audio.duration) {
    const area = event.target.getBoundingClientRect();
    playing.audio.currentTime = ((event.clientX - area.left) / area.width) * playing.audio.duration;
  }
});
