// What pages need beyond htmx: say what changed, keep the keyboard's place, stop double presses, tell of failures.
// Everything works without this file. It writes to #live and #failure of templates/base.html.
(() => {
  "use strict";

  const BUSY_AT_MOST_MS = 20000; // a plain form whose answer never comes can be sent again after this
  const FAILURES = { 0: "offline", 403: "refused", 410: "gone", 413: "tooLarge", 429: "tooMany" };

  let toAnnounce = [];
  let focusWasInside = false;

  const live = () => document.getElementById("live");
  const failure = () => document.getElementById("failure");
  const within = (root, selector) => [...(root.matches(selector) ? [root] : []), ...root.querySelectorAll(selector)];

  // --- Announcements and focus

  function announceSoon(text) {
    toAnnounce.push(text.replace(/\s+/g, " ").trim());
    if (toAnnounce.length > 1) {
      return;
    }
    // Emptied first and filled later, so that the same words twice are still a change to a screen reader.
    live().textContent = "";
    window.setTimeout(() => {
      live().textContent = toAnnounce.join(" ");
      toAnnounce = [];
    }, 100);
  }

  function focusOn(element) {
    element.focus();
    if (document.activeElement !== element) {
      element.setAttribute("tabindex", "-1");
      element.focus();
    }
  }

  function arrived(root) {
    within(root, "[data-announce]")
      .filter((element) => element.getAttribute("role") !== "alert") // an alert speaks by itself
      .forEach((element) => announceSoon(element.textContent));
    const wanted = within(root, "[data-focus]")[0];
    const lost = focusWasInside && (!document.activeElement || document.activeElement === document.body);
    if (wanted || lost) {
      focusOn(wanted || within(root, "[data-refusal]")[0] || root);
      focusWasInside = false;
    }
  }

  // --- Busy buttons: not `disabled`, which would drop the focus and the button's own name and value

  function markBusy(form, button) {
    if (form) {
      form.dataset.busy = "1";
    }
    if (button) {
      button.setAttribute("aria-busy", "true");
      button.setAttribute("aria-disabled", "true");
    }
  }

  function clearBusy(form, button) {
    if (form) {
      delete form.dataset.busy;
    }
    if (button) {
      button.removeAttribute("aria-busy");
      button.removeAttribute("aria-disabled");
    }
  }

  const buttonOf = (form, event) => event.submitter || form.querySelector("button[type=submit], button:not([type])");

  function partsOf(detail) {
    const source = detail.elt;
    const event = detail.requestConfig && detail.requestConfig.triggeringEvent;
    if (source.tagName === "FORM") {
      // Only a pressed button is busy: a form that searches while one types stays free.
      return event && event.type === "submit" ? [source, buttonOf(source, event)] : [null, null];
    }
    return [null, source.tagName === "BUTTON" ? source : null];
  }

  function stop(event) {
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  document.addEventListener("submit", (event) => {
    if (event.target.dataset.busy) {
      stop(event);
    }
  }, true);

  document.addEventListener("click", (event) => {
    if (event.target.closest && event.target.closest("button[aria-busy=true]")) {
      stop(event);
    }
  }, true);

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post" || "noBusy" in form.dataset) {
      return; // htmx sends it itself, or it only asks
    }
    const button = buttonOf(form, event);
    markBusy(form, button);
    window.setTimeout(clearBusy, BUSY_AT_MOST_MS, form, button);
  });

  window.addEventListener("pageshow", (event) => {
    if (event.persisted) { // back from the browser's memory: nothing is under way
      document.querySelectorAll("form[data-busy]").forEach((form) => {
        clearBusy(form, form.querySelector("[aria-busy=true]"));
      });
    }
  });

  // --- htmx

  function tell(status) {
    failure().querySelector("[data-failure-text]").textContent = failure().dataset[FAILURES[status] || "error"];
    failure().hidden = false;
  }

  document.addEventListener("htmx:beforeRequest", (event) => {
    markBusy(...partsOf(event.detail));
    failure().hidden = true;
    live().textContent = "";
  });

  document.addEventListener("htmx:afterRequest", (event) => clearBusy(...partsOf(event.detail)));

  document.addEventListener("htmx:beforeSwap", (event) => {
    focusWasInside = event.detail.target.contains(document.activeElement);
  });

  document.addEventListener("htmx:load", (event) => {
    if (event.detail.elt !== document.body) {
      arrived(event.detail.elt);
    }
  });

  document.addEventListener("htmx:responseError", (event) => tell(event.detail.xhr.status));
  document.addEventListener("htmx:sendError", () => tell(0));
  document.addEventListener("htmx:timeout", () => tell(0));

  // --- Who signs out takes the pass along (pass.js keeps it)

  document.addEventListener("submit", (event) => {
    if (event.target.matches("form[action$='/accesso/esci/']")) {
      try {
        localStorage.removeItem("milanolib pass");
      } catch { /* there is no store */ }
    }
  });

  // --- A page that comes with a refusal starts there

  document.addEventListener("DOMContentLoaded", () => {
    const refusal = document.querySelector("[data-refusal]");
    if (refusal) {
      focusOn(refusal);
    }
    failure().querySelector("[data-failure-close]").addEventListener("click", () => {
      failure().hidden = true;
    });
  });
})();
