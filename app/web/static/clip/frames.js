/**
 * Reads a clip in the browser: nothing of it is sent.
 *
 * @typedef {import("./steady.js").Sample} Sample
 * @typedef {import("./steady.js").Small} Small
 */

/** As vision/clips.py. */
export const MAX_CLIP_S = 20;
const STEP_S = 0.2;
const SMALL_PX = 160;
const LONGEST_PX = 2560; // of a frame that is taken
const JPEG_QUALITY = 0.92;
const WAIT_MS = 15_000; // for one frame; a browser that cannot decode may stay silent

/** @param {File} file @returns {boolean} */
export function isClip(file) {
  return file.type.startsWith("video/") || (!file.type && /\.(mp4|mov|m4v|webm)$/i.test(file.name));
}

/** A clip as a row of frames. */
export class Clip {
  /** @param {HTMLVideoElement} video  That shows it. @param {File} file */
  constructor(video, file) {
    this.video = video;
    this.url = URL.createObjectURL(file);
    this.durationS = 0;
  }

  /**
   * @throws {Error} If the browser cannot decode it.
   */
  async open() {
    this.video.src = this.url;
    await once(this.video, "loadeddata");
    if (!Number.isFinite(this.video.duration)) { // recorded by a browser: known at its end only
      this.video.currentTime = 1e7;
      await once(this.video, "durationchange", () => Number.isFinite(this.video.duration));
    }
    this.durationS = this.video.duration;
    if (!(this.durationS > 0) || !this.video.videoWidth) throw new Error("no picture");
  }

  close() {
    this.video.removeAttribute("src");
    this.video.load();
    URL.revokeObjectURL(this.url);
  }

  /** @param {number} atS  Shows the frame of that time. */
  async show(atS) {
    const last = Math.max(0, this.durationS - 0.001);
    const wanted = Math.min(Math.max(atS, 0), last);
    if (Math.abs(this.video.currentTime - wanted) < 1e-4 && !this.video.seeking) return;
    const drawn = presented(this.video);
    this.video.currentTime = wanted;
    await once(this.video, "seeked");
    await drawn;
  }

  /**
   * @param {AbortSignal} signal
   * @returns {AsyncGenerator<Sample>} Small frames, from the first to the last.
   */
  async *samples(signal) {
    const count = Math.max(2, Math.floor(Math.min(this.durationS, MAX_CLIP_S) / STEP_S));
    for (let place = 0; place < count && !signal.aborted; place += 1) {
      const atS = ((place + 0.5) * Math.min(this.durationS, MAX_CLIP_S)) / count;
      await this.show(atS);
      yield { atS, small: blurred(this.small()) };
    }
  }

  /** @returns {Small} Grey, 0 to 255. */
  small() {
    const canvas = this.draw(SMALL_PX / this.video.videoWidth);
    const { width, height } = canvas;
    const pixels = canvas.getContext("2d")?.getImageData(0, 0, width, height).data ?? [];
    const grey = new Float32Array(width * height);
    for (let place = 0; place < grey.length; place += 1) {
      const [red, green, blue] = [0, 1, 2].map((one) => pixels[4 * place + one]);
      grey[place] = 0.299 * red + 0.587 * green + 0.114 * blue; // ITU-R BT.601
    }
    return { grey, width, height };
  }

  /** @returns {string} The frame that is shown, small, as a picture's address. */
  thumbnail() {
    return this.draw(SMALL_PX / this.video.videoWidth).toDataURL("image/jpeg", 0.8);
  }

  /**
   * @param {number} atS
   * @param {string} name
   * @returns {Promise<File>} The frame of that time, as a JPEG.
   */
  async take(atS, name) {
    await this.show(atS);
    const { videoWidth, videoHeight } = this.video;
    const canvas = this.draw(Math.min(1, LONGEST_PX / Math.max(videoWidth, videoHeight)));
    /** @type {Blob | null} */
    const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", JPEG_QUALITY));
    if (!blob) throw new Error("no picture");
    return new File([blob], name, { type: blob.type, lastModified: Date.now() });
  }

  /** @param {number} scale @returns {HTMLCanvasElement} */
  draw(scale) {
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(3, Math.round(this.video.videoWidth * scale));
    canvas.height = Math.max(3, Math.round(this.video.videoHeight * scale));
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context?.drawImage(this.video, 0, 0, canvas.width, canvas.height);
    return canvas;
  }
}

/**
 * Noise of single pixels is no movement.
 * @param {Small} small
 * @returns {Small} Each pixel the mean of its neighbours, twice.
 */
export function blurred(small) {
  return box(box(small));
}

/** @param {Small} small @returns {Small} */
function box({ grey, width, height }) {
  const out = new Float32Array(grey);
  for (let y = 1; y < height - 1; y += 1) {
    for (let x = 1; x < width - 1; x += 1) {
      let sum = 0;
      for (const down of [-width, 0, width]) {
        for (const right of [-1, 0, 1]) sum += grey[y * width + x + down + right];
      }
      out[y * width + x] = sum / 9;
    }
  }
  return { grey: out, width, height };
}

/**
 * @param {HTMLVideoElement} video
 * @returns {Promise<void>} When the next frame is there to be drawn, where the browser says so.
 */
function presented(video) {
  if (!("requestVideoFrameCallback" in video)) return Promise.resolve();
  return new Promise((resolve) => {
    video.requestVideoFrameCallback(() => resolve());
    // The same frame again is not presented again.
    video.addEventListener("seeked", () => window.setTimeout(resolve, 100), { once: true });
  });
}

/**
 * @param {HTMLVideoElement} video
 * @param {string} name
 * @param {() => boolean} [enough]
 * @returns {Promise<void>}
 */
function once(video, name, enough = () => true) {
  return new Promise((resolve, reject) => {
    const life = new AbortController();
    const stop = (/** @type {() => void} */ then) => {
      life.abort();
      window.clearTimeout(timer);
      then();
    };
    const fail = () => stop(() => reject(new Error("not decoded")));
    const timer = window.setTimeout(fail, WAIT_MS);
    video.addEventListener(name, () => { if (enough()) stop(resolve); }, { signal: life.signal });
    video.addEventListener("error", fail, { signal: life.signal });
  });
}
