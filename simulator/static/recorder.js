// Records a voice note with MediaRecorder. The simulator rewraps WebM as Ogg, as phones send it.

const TYPES = ["audio/ogg; codecs=opus", "audio/webm; codecs=opus", "audio/mp4"];

export class Recorder {
  /** `told.changed(running, seconds)`, `told.finished(file)`, `told.failed()`. */
  constructor(told) {
    this.told = told;
    this.running = false;
    this.media = null;
  }

  async start() {
    if (this.running) return;
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1 } });
      const mimeType = TYPES.find((type) => MediaRecorder.isTypeSupported(type));
      this.media = new MediaRecorder(stream, { mimeType, audioBitsPerSecond: 24000 });
    } catch {
      this.told.failed();
      return;
    }
    const parts = [];
    this.kept = true;
    this.media.addEventListener("dataavailable", (event) => parts.push(event.data));
    this.media.addEventListener("stop", () => {
      for (const track of this.media.stream.getTracks()) track.stop();
      if (this.kept) this.told.finished(new File(parts, "voice", { type: this.media.mimeType.replace("video/", "audio/") }));
    });
    this.media.start();
    this.running = true;
    const began = Date.now();
    this.told.changed(true, 0);
    this.timer = setInterval(() => this.told.changed(true, Math.floor((Date.now() - began) / 1000)), 500);
  }

  finish() { this.stop(true); }

  discard() { this.stop(false); }

  stop(kept) {
    if (!this.running) return;
    this.running = false;
    this.kept = kept;
    clearInterval(this.timer);
    this.media.stop();
    this.told.changed(false, 0);
  }
}
