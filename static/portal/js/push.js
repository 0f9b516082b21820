// Notices on this device: ask the browser, and put what it answers into the form that is there. Nothing happens before
// somebody presses the button. Words and addresses stand in the page.
(() => {
  "use strict";

  const bytesOf = (text) => {
    const raw = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(raw, (letter) => letter.charCodeAt(0));
  };
  const textOf = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const canBeTold = () => "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
  const find = (name) => document.querySelector(`[data-push-${name}]`);

  function say(name) {
    document.querySelectorAll("[data-push-says]").forEach((element) => {
      element.hidden = element.dataset.pushSays !== name;
    });
  }

  async function subscribe(form) {
    if (await Notification.requestPermission() !== "granted") {
      say("denied");
      return;
    }
    const worker = await navigator.serviceWorker.register(form.dataset.worker, { scope: form.dataset.scope });
    await navigator.serviceWorker.ready;
    const options = { userVisibleOnly: true, applicationServerKey: bytesOf(form.dataset.key) };
    let given = await worker.pushManager.getSubscription();
    if (given && textOf(given.options.applicationServerKey || new ArrayBuffer(0)) !== form.dataset.key) {
      await given.unsubscribe(); // made for a former key of ours
      given = null;
    }
    given = given || await worker.pushManager.subscribe(options);
    form.elements.endpoint.value = given.endpoint;
    form.elements.p256dh.value = textOf(given.getKey("p256dh"));
    form.elements.auth.value = textOf(given.getKey("auth"));
    form.requestSubmit();
  }

  function start() {
    const form = find("form");
    if (!form || form.dataset.ready) {
      return;
    }
    form.dataset.ready = "1";
    if (!canBeTold()) {
      say("unable");
      return;
    }
    say("");
    form.hidden = false;
    find("ask").addEventListener("click", () => {
      subscribe(form).catch(() => say("failed"));
    });
  }

  document.addEventListener("DOMContentLoaded", start);
  document.addEventListener("htmx:afterSettle", start);
})();
