{% autoescape off %}// Keeps the page of the desk without network and its parts in the browser, and nothing else: no answer with a reader in it.
const KEPT = {{ kept }};
const NAME = "offline-desk-";
const CACHE = NAME + KEPT.version;
const PATIENCE = 4000;

async function fill() {
  const cache = await caches.open(CACHE);
  await Promise.all([KEPT.page, ...KEPT.parts].map(async (url) => {
    const response = await fetch(url, { credentials: "same-origin", cache: "no-cache" });
    if (!response.ok || response.redirected) {
      throw new Error(`not kept: ${url}`);
    }
    await cache.put(url, response);
  }));
}

async function clear() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(NAME) && name !== CACHE).map((name) => caches.delete(name)));
}

async function keptOf(url) {
  return (await caches.open(CACHE)).match(url, { ignoreVary: true });
}

// The page as it is now, while there is a network that deserves the name; else as it was kept.
async function page(request) {
  let response = null;
  try {
    const slow = new Promise((_resolve, reject) => { setTimeout(() => reject(new Error("slow")), PATIENCE); });
    response = await Promise.race([fetch(request), slow]);
  } catch { /* no network */ }
  if (response && response.ok && response.type === "basic" && !response.redirected) {
    const copy = response.clone();
    caches.open(CACHE).then((cache) => cache.put(KEPT.page, copy)).catch(() => {});
  }
  if (response && response.status < 500) {
    return response;
  }
  return (await keptOf(KEPT.page)) || response || Response.error();
}

async function part(request, path) {
  return (await keptOf(path)) || fetch(request);
}

self.addEventListener("install", (event) => event.waitUntil(fill().then(() => self.skipWaiting())));
self.addEventListener("activate", (event) => event.waitUntil(clear().then(() => self.clients.claim())));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) {
    return;
  }
  if (request.mode === "navigate" && pathname === KEPT.page) {
    event.respondWith(page(request));
  } else if (KEPT.parts.includes(pathname)) {
    event.respondWith(part(request, pathname));
  }
});
{% endautoescape %}
