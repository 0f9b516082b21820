// Shows the notices that come to this device, and opens the page they speak of. It keeps nothing and asks for nothing.
"use strict";

function told(event) {
  try {
    return event.data.json();
  } catch {
    return {};
  }
}

// A page of ours whatever the notice says.
const pageOf = (url) => {
  try {
    const asked = new URL(url || "/mio/", self.location.origin);
    return asked.origin === self.location.origin ? asked.href : new URL("/mio/", self.location.origin).href;
  } catch {
    return new URL("/mio/", self.location.origin).href;
  }
};

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("push", (event) => {
  const { title, body, url, tag, lang } = told(event);
  event.waitUntil(self.registration.showNotification(title || "Milanolib", {
    body: body || "",
    tag: tag || "milanolib", // the same again takes the place of the first
    lang: lang || "it",
    dir: "auto",
    icon: "{{ icon }}",
    data: { url: pageOf(url) },
  }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const url = (event.notification.data && event.notification.data.url) || pageOf("");
  event.waitUntil(self.clients.matchAll({ type: "window" }).then((windows) => {
    const open = windows.find((one) => one.url === url);
    return open ? open.focus() : self.clients.openWindow(url);
  }));
});
