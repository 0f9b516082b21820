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

  // --- Scans, one after the other: the next one may depend on what this one changed

  async function send({ form, values }) {
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
        source: form, target: form.dataset.scan, swap: "afterbegin", values,
      });
    } catch {
      answered = false; // no network: htmx has said so
    }
    document.removeEventListener("htmx:afterRequest", look);
    return { answered, leaves };
  }

  async function sendNext() {
    if (isSending || waiting.length === 0) {
      return;
    }
    isSending = true;
    const scan = waiting.shift();
    const { form } = scan;
    const { answered, leaves } = await send(scan);
    isSending = false;
    const rest = () => waiting.splice(0).map((one) => one.values.scan);
    if (leaves) {
      rest(); // the page goes: what was scanned after it belongs to the next page
      return;
    }
    const list = document.querySelector(form.dataset.scan);
    if (!answered) {
      tellUnsent(form, [scan.values.scan, ...rest()]);
    } else if (list.firstElementChild && list.firstElementChild.matches("[data-scan-stop]") && waiting.length) {
      tellUnsent(form, rest()); // meant for a reader who is not there
    }
    trim(list);
    sendNext();
  }

  // A number chooses what bears it; a link or button is pressed, a field is gone to.
  function choose(code) {
    if (!/^[1-9]$/.test(code)) {
      return false;
    }
    const bears = `[data-choice="${code}"]`;
    const chosen = document.querySelector(`#choices ${bears}, #answers > :first-child ${bears}`);
    if (chosen) {
      chosen[chosen.matches("input") ? "focus" : "click"]();
    }
    return Boolean(chosen);
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
    if (!code || choose(code)) {
      return;
    }
    const mode = form.querySelector("[name=mode]:checked"); // as it stood when this was scanned
    waiting.push({ form, values: { scan: code, ...(mode ? { mode: mode.value } : {}) } });
    sendNext();
  }, true);

  window.addEventListener("beforeunload", (event) => {
    if (isSending || waiting.length) {
      event.preventDefault();
    }
  });

  function countAlerts() {
    const count = document.querySelector("[data-alerts-count]");
    if (count) {
      count.textContent = document.querySelectorAll("[data-alert]").length;
    }
  }

  // --- Keys: no scanner sends them. An element says which one presses it.

  function keyOf(event) {
    return (event.shiftKey ? "Shift+" : "") + event.key;
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) {
      return;
    }
    const input = field();
    if (event.key === "Escape" && input && (input.value || document.activeElement !== input)) {
      input.value = "";
      input.focus();
      event.preventDefault();
      return;
    }
    const pressed = document.querySelector(`[data-key="${CSS.escape(keyOf(event))}"]`);
    if (pressed && (event.key === "F2" || !event.repeat)) {
      event.preventDefault();
      pressed.click();
    }
  });

  document.addEventListener("click", (event) => {
    const flip = event.target.closest("[data-flip]");
    if (flip) {
      const other = flip.closest("form").querySelector(`[name="${flip.dataset.flip}"]:not(:checked)`);
      other.checked = true;
      document.getElementById("live").textContent = other.closest("label").textContent.trim();
      field().focus();
    }
    const seen = event.target.closest("[data-alert-close]");
    if (seen) {
      const alert = seen.closest("[data-alert]");
      alert.removeAttribute("data-alert");
      alert.querySelectorAll("[data-key]").forEach((button) => button.removeAttribute("data-key")); // for the next one
      countAlerts();
      window.setTimeout(() => { // after the form in it, if any, was sent
        alert.remove();
        field().focus();
      });
    }
  });

  // --- After each act the next scan must find its field, wherever the focus went meanwhile

  document.addEventListener("htmx:load", (event) => {
    const { elt } = event.detail;
    elt.querySelectorAll("[data-flip]").forEach((button) => {
      button.hidden = false;
    });
    countAlerts();
    if (elt !== document.body && field() && !document.querySelector("#choices [data-focus]")) {
      field().focus();
    }
  });
})();
