/**
 * Keeps the empty pages for the time without a connection, and says on the form what works then.
 * Browsers allow this over https and on localhost only; elsewhere nothing happens.
 */
let listening = false;

/** @param {HTMLElement} main */
export function start(main) {
  if (!navigator.serviceWorker) return;
  if (!listening) {
    listening = true;
    register();
    window.addEventListener("offline", () => tell(true));
    window.addEventListener("online", check);
  }
  // A page that was answered by the worker may be shown although the service cannot be reached.
  if (navigator.serviceWorker.controller && main.querySelector("[data-offline]")) check();
}

function register() {
  const address = document.querySelector('link[rel="manifest"]').getAttribute("data-worker");
  const go = () => navigator.serviceWorker.register(address).catch(() => {}); // refused: works without
  if (document.readyState === "complete") go();
  else window.addEventListener("load", go, { once: true });
}

async function check() {
  if (!navigator.onLine) {
    tell(true);
    return;
  }
  try {
    const answer = await fetch("healthz", { cache: "no-store" });
    await answer.text(); // an answer that nobody reads keeps its connection
    tell(!answer.ok);
  } catch {
    tell(true);
  }
}

/** @param {boolean} offline */
function tell(offline) {
  for (const notice of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-offline]"))) {
    notice.hidden = !offline;
  }
}
