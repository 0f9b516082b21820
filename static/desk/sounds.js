// Sounds of the desk: who takes in a stack hears where each copy goes. Off until somebody wants them, on each computer:
// a reading room is quiet, and a browser plays nothing before it was touched.
(() => {
  "use strict";

  const KEY = "desk-sounds";
  const VOLUME = 0.15;
  // Each outcome has a tune of its own: [hertz, milliseconds] one after the other; 0 hertz is a rest.
  const TUNES = {
    good: [[1200, 80]],
    bad: [[220, 350]],
    shelf: [[523, 90]],
    lent: [[1047, 90]],
    done: [[784, 60]],
    reader: [[659, 60], [784, 60]],
    found: [[659, 60]],
    hold: [[659, 90], [0, 30], [988, 160]],
    pack: [[523, 80], [0, 30], [659, 80], [0, 30], [784, 120]],
    crate: [[330, 120], [0, 60], [330, 120]],
    refused: [[165, 400]],
    aside: [[165, 120], [0, 60], [165, 240]],
    alert: [[0, 80], [1319, 60], [0, 40], [1319, 60]],
  };
  let context = null;

  const box = () => document.querySelector("[data-sound-switch]");

  function play(names) {
    context = context || new AudioContext();
    let at = context.currentTime;
    names.flatMap((name) => TUNES[name] || []).forEach(([hertz, length]) => {
      const ends = at + length / 1000;
      if (hertz) {
        const voice = context.createOscillator();
        const volume = context.createGain();
        voice.frequency.value = hertz;
        volume.gain.setValueAtTime(VOLUME, at);
        volume.gain.linearRampToValueAtTime(0.0001, ends);
        voice.connect(volume).connect(context.destination);
        voice.start(at);
        voice.stop(ends);
      }
      at = ends;
    });
  }

  document.addEventListener("DOMContentLoaded", () => {
    if (box()) {
      box().checked = localStorage.getItem(KEY) === "on";
      box().addEventListener("change", () => {
        localStorage.setItem(KEY, box().checked ? "on" : "off");
        if (box().checked) {
          play(["done"]);
        }
      });
    }
  });

  document.addEventListener("htmx:load", (event) => {
    const names = event.detail.elt.dataset && event.detail.elt.dataset.sound;
    if (names && box() && box().checked) {
      play(names.split(" "));
    }
  });
})();
