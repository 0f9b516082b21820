// The desk is scanner first: the scan field keeps the focus, scans wait for one another, none is lost in silence.
// Without this file each scan is a plain form.
(() => {
  "use strict";

  const KEPT_ANSWERS = 12;
  const REFUSED = 422;
  const waiting = [];
  let isSending = false;

  const field = () => document.querySelector("[data-scan-field]");

  function tellUnsent(form, codes) {
    const box = form.querySelector("[data-scan-unsent]");
    const words = box.querySelector("[data-scan-unsent-codes]");
    words.textContent = [words.textContent, ...codes].filter(Boolean).join(", ");
    box.hidden = false;
  }

  function trim(list) {
    while (list.children.length > KEPT_ANSWERS) {
      list.lastElementChild.remove();
    }
  }

  // One scan after the other: the next one may depend on what this one changed.
  async function sendNext() {
    if (isSending || waiting.length === 0) {
      return;
    }
    isSending = true;
    const { form, code } = waiting.shift();
    let answered = false;
    let leaves = false;
    const look = (event) => {
      if (event.detail.elt !== form) {
        return;
      }
      const { xhr } = event.detail;
      answered = (xhr.status >= 200 && xhr.status < 300) || xhr.status === REFUSED;
      leaves = Boolean(xhr.getResponseHeader("HX-Redirect"));
    };
    document.addEventListener("htmx:afterRequest", look);
    try {
      await window.htmx.ajax("POST", form.action, {
        source: form, target: form.dataset.scan, swap: "afterbegin", values: { scan: code },
      });
    } catch {
      answered = false; // no network: htmx has said so
    }
    document.removeEventListener("htmx:afterRequest", look);
    isSending = false;
    if (leaves) {
      waiting.length = 0; // the page goes: what was scanned after it belongs to the next page
      return;
    }
    if (!answered) {
      tellUnsent(form, [code, ...waiting.splice(0).map((one) => one.code)]);
    }
    trim(document.querySelector(form.dataset.scan));
    sendNext();
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-scan]") || !window.htmx) {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    const input = form.querySelector("[data-scan-field]");
    const code = input.value.trim();
    input.value = "";
    input.focus();
    if (code) {
      waiting.push({ form, code });
      sendNext();
    }
  }, true);

  // After each act the next scan must find its field, wherever the focus went meanwhile.
  document.addEventListener("htmx:load", (event) => {
    if (event.detail.elt !== document.body && field()) {
      field().focus();
    }
  });

  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("[data-print]").forEach((button) => {
      button.hidden = false;
      button.focus();
      button.addEventListener("click", () => window.print());
    });
  });
})();
