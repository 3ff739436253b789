/** Counts down aloud, so that whoever takes the photo of themselves can hear it. */

/** Seconds until the photo. */
export const SECONDS = 5;

/**
 * Say a number by a voice of this machine; voices that would send the text elsewhere are not used.
 * @param {string} text
 */
function speak(text) {
  const speech = window.speechSynthesis;
  const language = document.documentElement.lang;
  const voice = speech?.getVoices().find((one) => one.localService && one.lang.startsWith(language));
  if (!voice) return;
  const said = new SpeechSynthesisUtterance(text);
  said.voice = voice;
  speech.cancel();
  speech.speak(said);
}

/**
 * @param {(seconds: number) => void} show  Called with each number.
 * @param {AbortSignal} signal
 * @returns {Promise<boolean>} Whether it came to its end.
 */
export async function countDown(show, signal) {
  for (let left = SECONDS; left > 0; left -= 1) {
    show(left);
    speak(String(left));
    if (!(await second(signal))) return false;
  }
  return true;
}

/** @param {AbortSignal} signal @returns {Promise<boolean>} */
function second(signal) {
  return new Promise((resolve) => {
    const timer = window.setTimeout(() => resolve(true), 1000);
    signal.addEventListener("abort", () => {
      window.clearTimeout(timer);
      resolve(false);
    });
  });
}
