{% autoescape off %}// Keeps the page of the pass and its parts on the phone, and nothing else: the codes lie in the phone's own store.
const KEPT = {{ kept }};
const NAME = "pass-";
const CACHE = NAME + KEPT.version;

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

async function kept(url) {
  return (await (await caches.open(CACHE)).match(url, { ignoreVary: true })) || fetch(url);
}

self.addEventListener("install", (event) => event.waitUntil(fill().then(() => self.skipWaiting())));
self.addEventListener("activate", (event) => event.waitUntil(clear().then(() => self.clients.claim())));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method === "GET" && origin === self.location.origin) {
    if (pathname === KEPT.page || KEPT.parts.includes(pathname)) {
      event.respondWith(kept(pathname));
    }
  }
});
{% endautoescape %}
