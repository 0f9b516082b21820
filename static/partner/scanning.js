// The button that opens the camera beside each field. What does the reading is fetched only then.

const AGAIN_AFTER = 4000; // a code that stays before the camera is one code
const GOES_ON = ["receive", "return"]; // many things, one after the other

export function scanning({ page, sign }) {
  const { all, find, main, tell, word } = page;
  const box = find("camera-box");
  let close = null;
  let isOpening = false;
  let last = { text: "", at: 0 };

  async function shut() {
    const closing = close;
    close = null;
    box.hidden = true;
    if (closing) {
      await closing();
    }
  }

  function read(form, text) {
    const now = Date.now();
    const isSame = text === last.text && now - last.at < AGAIN_AFTER;
    last = { text, at: now };
    if (isSame || !close) {
      return;
    }
    form.elements.what.value = text;
    if (form.dataset.form === "fault") {
      sign("good"); // still to be said: what is wrong with it
    } else {
      form.dispatchEvent(new Event("submit", { bubbles: true, cancelable: true }));
    }
    if (!GOES_ON.includes(form.dataset.form)) {
      shut();
    }
  }

  async function open(form) {
    if (close || isOpening) {
      return;
    }
    isOpening = true;
    last = { text: "", at: 0 };
    box.hidden = false;
    try {
      const { openCamera } = await import(main.getAttribute("data-script-camera"));
      const picture = find("camera-picture-box");
      close = await openCamera({ box: picture, onCode: (text) => read(form, text) });
      find("camera-close").focus();
    } catch {
      box.hidden = true;
      tell("bad", word("no-camera"));
    } finally {
      isOpening = false;
    }
  }

  if ("BarcodeDetector" in window && navigator.mediaDevices && navigator.mediaDevices.getUserMedia) {
    all("[data-camera]").forEach((button) => {
      button.hidden = false;
      button.addEventListener("click", () => open(button.form));
    });
  }
  find("camera-close").addEventListener("click", shut);
  document.addEventListener("visibilitychange", () => { if (document.hidden) { shut(); } });
}
