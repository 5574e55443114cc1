// The page as the server shows it now, put into the page that is there: focus, what is typed and
// what is open stay.
import { show as showConnection } from "./connection.js";
import { parse } from "./html.js";
import { Idiomorph } from "./idiomorph.js";
import { NoAnswer, request } from "./requests.js";

// Milliseconds after which a page that is older than it should be is asked for again: twice as many
// each time, up to the last.
const SOON = 2000;
const LATEST = 30_000;

let pause = SOON;
let running = null;
let wanted = null;
let isForced = false;

// Fetches the page, at least as of a position, and shows it; without one, whatever it shows now.
// Calls come together in one.
export function refresh(position = "0") {
  isForced ||= position === "0";
  wanted = wanted === null || BigInt(position) > BigInt(wanted) ? position : wanted;
  running ??= work().finally(() => (running = null));
  return running;
}

async function work() {
  while (wanted !== null) {
    const position = wanted;
    const isNeeded = isForced || !shows(position);
    wanted = null;
    isForced = false;
    if (!isNeeded) continue;
    try {
      if (await load(position)) pause = SOON;
      else again(position);
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
    }
  }
}

const shows = (position) => BigInt(document.body.dataset.position) >= BigInt(position);

function again(position) {
  setTimeout(() => refresh(position), pause);
  pause = Math.min(2 * pause, LATEST);
}

// Tells whether there is nothing to wait for: the page shows the position, or is nobody's to see.
async function load(position) {
  const headers = position === "0" ? {} : { "daybook-after": position };
  const address = location.href.split("#")[0];
  const answer = await request(address, { headers });
  if (answer.status === 429 || answer.status >= 500) return false; // the page that is there is better
  if (!answer.headers.get("content-type")?.startsWith("text/html") || answer.status === 401) return true;
  put(parse(await answer.text()));
  return shows(position);
}

// Shows a document's page in the place of the one that is there.
export function put(found) {
  const main = found.getElementById("main");
  if (!main || !document.getElementById("bar")) return;
  for (const id of ["bar", "main", "tabs"]) {
    const now = found.getElementById(id);
    if (now) morph(document.getElementById(id), now);
  }
  document.title = found.title;
  document.body.dataset.position = found.body.dataset.position ?? document.body.dataset.position;
  showConnection();
  document.dispatchEvent(new CustomEvent("daybook:shown"));
}

const callbacks = {
  beforeNodeMorphed: (old) => !isKept(old),
  beforeNodeRemoved: (old) => !isKept(old),
  beforeAttributeUpdated: (name, node) => !(name === "open" && node.matches("details, dialog")),
};

function morph(old, now) {
  // What a button says is the server's to change, also while the button has the focus.
  const ignoreActiveValue = Boolean(document.activeElement?.matches("input, select, textarea"));
  Idiomorph.morph(old, now, { morphStyle: "outerHTML", ignoreActiveValue, callbacks });
}

// What somebody is typing in, and what the script itself has put there.
function isKept(node) {
  return node.nodeType === 1 && (node.hasAttribute("data-kept") || node.hasAttribute("data-dirty"));
}
