// "Near me": the device's position is compared here with the starts of the list; only the chosen start is sent.
(() => {
  "use strict";

  const button = document.querySelector("[data-near-me]");
  const select = document.querySelector("[data-starts]");
  const said = document.querySelector("[data-near-said]");
  const KEPT = "ml-near-said"; // what is said, kept on this device until the next page shows it
  const FAR_METRES = 15000;
  const EARTH_METRES = 6371000;
  const ASK = { enableHighAccuracy: false, timeout: 10000, maximumAge: 60000 };

  if (!select || !said) {
    return;
  }

  function metres(latitude, longitude, otherLatitude, otherLongitude) {
    const radians = Math.PI / 180;
    const x = (otherLongitude - longitude) * radians * Math.cos(((latitude + otherLatitude) / 2) * radians);
    const y = (otherLatitude - latitude) * radians;
    return EARTH_METRES * Math.hypot(x, y);
  }

  function nearest(latitude, longitude) {
    let best = null;
    select.querySelectorAll("option[data-at]").forEach((option) => {
      const [lat, lon] = option.dataset.at.split(" ").map(Number);
      const away = metres(latitude, longitude, lat, lon);
      if (!best || away < best.away) {
        best = { option, away };
      }
    });
    return best;
  }

  function inWords(away) {
    const language = document.documentElement.lang || "it";
    if (away < 1000) {
      return `${Math.max(10, Math.round(away / 10) * 10)} m`;
    }
    return `${(away / 1000).toLocaleString(language, { maximumFractionDigits: 1 })} km`;
  }

  const filled = (text, found) =>
    text.replace("{name}", found.option.textContent.trim()).replace("{distance}", inWords(found.away));

  function say(text) {
    said.textContent = "";
    window.setTimeout(() => { said.textContent = text; }, 100); // emptied first: the same words are told again too
  }

  function keep(text) {
    try {
      window.sessionStorage.setItem(KEPT, text);
    } catch {
      // a browser that keeps nothing: the page's heading still names the start
    }
  }

  function taken() {
    try {
      const text = window.sessionStorage.getItem(KEPT);
      window.sessionStorage.removeItem(KEPT);
      return text;
    } catch {
      return null;
    }
  }

  function rest() {
    button.removeAttribute("aria-busy");
  }

  function found(position) {
    rest();
    const best = nearest(position.coords.latitude, position.coords.longitude);
    if (!best || best.away > FAR_METRES) {
      say(best ? filled(button.dataset.far, best) : button.dataset.unknown);
      return;
    }
    const text = filled(button.dataset.found, best);
    say(text);
    keep(text);
    select.value = best.option.value;
    select.form.submit();
  }

  function failed(error) {
    rest();
    const words = { 1: button.dataset.refused, 3: button.dataset.late };
    say(words[error.code] || button.dataset.unknown);
  }

  const before = taken();
  if (before) {
    say(before);
  }
  if (button && "geolocation" in navigator && window.isSecureContext) {
    button.hidden = false;
    button.addEventListener("click", () => {
      if (button.getAttribute("aria-busy")) {
        return;
      }
      button.setAttribute("aria-busy", "true");
      say(button.dataset.asking);
      navigator.geolocation.getCurrentPosition(found, failed, ASK);
    });
  }
})();
