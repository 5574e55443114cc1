// What others change shows by itself. One stream serves all tabs: browsers open six connections to
// a server at most.
import { lost, onceBack, reached } from "./connection.js";
import { scriptUrl } from "./html.js";
import { refresh } from "./refresh.js";
import { facility } from "./requests.js";

// Milliseconds: whoever acts is answered first, and what changes together is shown together.
const SETTLES_WITHIN = 80;

let port = null;
let source = null;

export function follow() {
  if (!facility()) return;
  onceBack(() => refresh());
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
  if (!document.body.dataset.live) return;
  if (window.SharedWorker) {
    worker().onmessage = (event) => hear(event.data);
    port.postMessage({ follow: facility(), after: document.body.dataset.position });
  } else {
    source = new EventSource(`/v1/facilities/${facility()}/changes`);
    for (const kind of ["session", "roster", "patient", "finding", "facility", "resync"]) {
      source.addEventListener(kind, (event) => hear({ kind, change: JSON.parse(event.data || "{}") }));
    }
    source.onopen = () => hear({ kind: "open" });
    source.onerror = () => hear({ kind: "error" });
  }
  addEventListener("pagehide", () => port?.postMessage({ leave: true }));
}

function worker() {
  const url = new URL("./live_worker.js", import.meta.url).href;
  port ??= new SharedWorker(scriptUrl(url), { name: "daybook" }).port;
  return port;
}

// Ends the stream of all tabs: somebody signs out, perhaps on a page that follows nothing.
export function end() {
  if (window.SharedWorker) worker().postMessage({ end: true });
  source?.close();
}

function hear({ kind, change }) {
  if (kind === "error") return lost();
  if (kind === "open") return reached();
  if (kind === "resync") return refresh();
  if (!concerns(kind, change)) return;
  const position = kind === "finding" ? "0" : String(change.position);
  setTimeout(() => refresh(position), SETTLES_WITHIN);
}

// A page says what it shows: kinds of changes, and whose, where it is about one patient. What the
// rules come to is found after what has happened, so that its position says nothing.
function concerns(kind, change) {
  const { live, livePatient, position } = document.body.dataset;
  if (!live.split(" ").includes(kind)) return false;
  if (livePatient && change.patient_id && change.patient_id !== livePatient) return false;
  return kind === "finding" || Number(change.position) > Number(position);
}
