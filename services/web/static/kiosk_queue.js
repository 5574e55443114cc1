// What was pressed and is not answered yet, in IndexedDB, sealed; sent once each, in order.
const PATIENCE = 5_000; // milliseconds
const LOCK = "daybook-kiosk";
let opened;

function database() {
  opened ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open("daybook-kiosk", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore("presses", { keyPath: "order", autoIncrement: true });
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
  return opened;
}

async function store(mode, act) {
  const transaction = (await database()).transaction("presses", mode, { durability: "strict" });
  const asked = act(transaction.objectStore("presses"));
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve(asked.result);
    transaction.onabort = () => reject(transaction.error);
  });
}

// Keeps a press; returns it as it is kept. Until `keep` says so it is only being tried.
export async function add(press) {
  const made = { ...press, kept: false };
  return { ...made, order: await store("readwrite", (presses) => presses.add(made)) };
}

export const keep = (press) => store("readwrite", (presses) => presses.put({ ...press, kept: true }));

export const remove = (press) => store("readwrite", (presses) => presses.delete(press.order));

// Whoever closes the page while a press is tried leaves it behind: it is kept from then on.
export async function keepAll() {
  for (const each of await store("readonly", (presses) => presses.getAll())) {
    if (!each.kept) await keep(each);
  }
}

export async function kept() {
  return (await store("readonly", (presses) => presses.getAll())).filter((each) => each.kept);
}

export async function post(path, said) {
  return fetch(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(said),
    signal: AbortSignal.timeout(PATIENCE),
  });
}

// Sends a press; returns the server's answer, and throws where none came.
export async function send({ press_id, said, sealed, at, kept }) {
  const ago = Math.max(0, Math.round(Date.now() - at));
  const answer = await post("/kiosk/presses", { press_id, said, sealed, ago, kept });
  if (answer.status === 401) return { outcome: "unset" };
  if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
  return answer.json();
}

// Sends all that is kept, one tab at a time; returns the outcome that ended it, null at the end.
export function sendKept(counted) {
  return navigator.locks.request(LOCK, async () => {
    for (const each of await kept()) {
      const { outcome } = await send(each);
      if (outcome !== "kept") return outcome;
      await remove(each);
      await counted();
    }
    return null;
  });
}
