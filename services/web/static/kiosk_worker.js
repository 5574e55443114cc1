// Keeps the kiosk's page, so that it opens without a connection. FILES and VERSION come before.
const KEPT = `daybook-kiosk-${VERSION}`;
const PAGE = "/kiosk";
const PATIENCE = 4_000; // milliseconds

self.addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(KEPT)
      .then((cache) => cache.addAll([PAGE, ...FILES]))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((each) => each !== KEPT).map((each) => caches.delete(each))))
      .then(() => self.clients.claim()),
  );
});

self.addEventListener("fetch", (event) => {
  const { pathname, origin } = new URL(event.request.url);
  if (event.request.method !== "GET" || origin !== location.origin) return;
  if (pathname === PAGE) event.respondWith(page());
  else if (FILES.includes(pathname)) event.respondWith(file(pathname));
});

// The page as it is now; as it was kept where the server is not reached.
async function page() {
  const cache = await caches.open(KEPT);
  try {
    const found = await fetch(PAGE, { signal: AbortSignal.timeout(PATIENCE) });
    if (found.ok) await cache.put(PAGE, found.clone());
    if (found.status < 500) return found;
  } catch {
    // The server is not reached.
  }
  return (await cache.match(PAGE)) ?? Response.error();
}

async function file(pathname) {
  const cache = await caches.open(KEPT);
  return (await cache.match(pathname)) ?? fetch(pathname);
}
