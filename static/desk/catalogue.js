// What the cataloguers' pages do with JavaScript; all of them work without.
(() => {
  "use strict";

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
