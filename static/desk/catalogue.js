// What the cataloguers' pages do with JavaScript; all of them work without.
(() => {
  "use strict";

  // --- Sounds of a stocktake: a high tone when all is in order, a low one when not. Off until somebody wants them.
  const KEY = "desk-sounds";
  let context = null;

  function tone(isGood) {
    context = context || new AudioContext();
    const voice = context.createOscillator();
    const volume = context.createGain();
    voice.frequency.value = isGood ? 1200 : 220;
    volume.gain.value = 0.15;
    voice.connect(volume).connect(context.destination);
    voice.start();
    voice.stop(context.currentTime + (isGood ? 0.08 : 0.35));
  }

  function isWanted() {
    const box = document.querySelector("[data-sound-switch]");
    return Boolean(box && box.checked);
  }

  document.addEventListener("DOMContentLoaded", () => {
    const box = document.querySelector("[data-sound-switch]");
    if (box) {
      box.checked = localStorage.getItem(KEY) === "on";
      box.addEventListener("change", () => localStorage.setItem(KEY, box.checked ? "on" : "off"));
    }
  });

  document.addEventListener("htmx:load", (event) => {
    const answer = event.detail.elt;
    if (isWanted() && answer.dataset && answer.dataset.sound) {
      tone(answer.dataset.sound === "good");
    }
  });

  // --- Files dropped on a field are the field's files; the keyboard and the file window do the same.
  document.addEventListener("dragover", (event) => {
    const zone = event.target.closest("[data-drop]");
    if (zone) {
      event.preventDefault();
      zone.classList.add("is-over");
    }
  });
  document.addEventListener("dragleave", (event) => {
    const zone = event.target.closest("[data-drop]");
    if (zone && !zone.contains(event.relatedTarget)) {
      zone.classList.remove("is-over");
    }
  });
  document.addEventListener("drop", (event) => {
    const zone = event.target.closest("[data-drop]");
    if (!zone) {
      return;
    }
    event.preventDefault();
    zone.classList.remove("is-over");
    const field = zone.querySelector("input[type=file]");
    if (event.dataTransfer.files.length) {
      field.files = event.dataTransfer.files;
      field.form.requestSubmit();
    }
  });
})();
