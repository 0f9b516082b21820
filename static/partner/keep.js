// Ask the browser to keep the page of the partner's day: from the next page on it opens without network. A browser that
// cannot keep it goes on with the pages as they are.

const canKeep = window.isSecureContext && "serviceWorker" in navigator && "indexedDB" in window;
const { worker, scope } = document.querySelector("[data-worker]").dataset;

if (canKeep) {
  navigator.serviceWorker.register(worker, { scope }).catch(() => {});
}
