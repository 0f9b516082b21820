{% autoescape off %}// Keeps the page of the partner's day and its parts on the phone, and nothing else: what the page shows it keeps itself.
const KEPT = {{ kept }};
const NAME = "partner-day-";
const CACHE = NAME + KEPT.version;
const CHOSEN = "partner-language";

async function keep(url) {
  const response = await fetch(url, { credentials: "same-origin", cache: "no-cache" });
  if (!response.ok || response.redirected) {
    throw new Error(`not kept: ${url}`);
  }
  await (await caches.open(CACHE)).put(url, response);
}

async function fill() { // a phone that has the decoder keeps it
  const decoder = (await caches.match(KEPT.decoder, { ignoreVary: true })) ? [KEPT.decoder] : [];
  await Promise.all([...Object.values(KEPT.pages_in), ...KEPT.parts, ...decoder].map(keep));
}

async function keepDecoder() {
  if (!(await (await caches.open(CACHE)).match(KEPT.decoder, { ignoreVary: true }))) {
    await keep(KEPT.decoder);
  }
}

async function clear() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(NAME) && name !== CACHE).map((name) => caches.delete(name)));
}

async function choose(language) {
  await (await caches.open(CHOSEN)).put(KEPT.scope, new Response(language));
}

async function page() {
  const chosen = await (await caches.open(CHOSEN)).match(KEPT.scope);
  return kept(KEPT.pages_in[chosen ? await chosen.text() : KEPT.language] || KEPT.pages_in[KEPT.language]);
}

async function told({ data, ports }) {
  if (data.language) {
    await choose(data.language);
    ports[0].postMessage("chosen");
  } else {
    await keepDecoder().catch(() => {}); // else the next time
  }
}

async function kept(url) {
  return (await (await caches.open(CACHE)).match(url, { ignoreVary: true })) || fetch(url);
}

// The pages are one page here, and open at once: a poor signal is waited for by nobody. An address with a question
// mark is asked from the portal: the pages that work without JavaScript.
self.addEventListener("install", (event) => event.waitUntil(fill().then(() => self.skipWaiting())));
self.addEventListener("activate", (event) => event.waitUntil(clear().then(() => self.clients.claim())));
self.addEventListener("message", (event) => event.waitUntil(told(event)));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname, search } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) {
    return;
  }
  if (request.mode === "navigate" && KEPT.pages.includes(pathname) && !search) {
    event.respondWith(page());
  } else if (request.mode === "navigate" && pathname.startsWith(KEPT.scope)) {
    event.respondWith(fetch(request).catch(page));
  } else if (KEPT.parts.includes(pathname) || pathname === KEPT.decoder) {
    event.respondWith(kept(pathname));
  }
});
{% endautoescape %}
