// The button that opens the camera beside each field. What does the reading is fetched only then.

const AGAIN_AFTER = 4000; // a code that stays before the camera is one code
const GOES_ON = ["receive", "return"]; // many things, one after the other

export function scanning({ page, sign }) {
  const { all, find, main, tell, word } = page;
  const box = find("camera-box");
  let close = null;
  let isOpening = false;
  let last = { text: "", at: 0 };

  function shut() {
    const closing = close;
    close = null;
    box.hidden = true;
    if (closing) {
      closing();
    }
  }

  function read(form, text) {
    if (!close) { // not open yet, or no more
      return;
    }
    const now = Date.now();
    const isSame = text === last.text && now - last.at < AGAIN_AFTER;
    last = { text, at: now };
    if (isSame) {
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

  async function packaged() {
    const { packagedDetector } = await import(main.getAttribute("data-script-decoder"));
    return packagedDetector(main.dataset.zxing);
  }

  async function open(form) {
    if (close || isOpening) {
      return;
    }
    isOpening = true;
    last = { text: "", at: 0 };
    box.hidden = false;
    try {
      find("camera-close").focus();
      const { openCamera } = await import(main.getAttribute("data-script-camera"));
      const picture = find("camera-picture-box");
      close = await openCamera({ box: picture, onCode: (text) => read(form, text), packaged });
      if (box.hidden) { // closed before it was open
        shut();
      }
    } catch {
      box.hidden = true;
      tell("bad", word("no-camera"));
    } finally {
      isOpening = false;
    }
  }

  if (navigator.mediaDevices && navigator.mediaDevices.getUserMedia) {
    all("[data-camera]").forEach((button) => {
      button.hidden = false;
      button.addEventListener("click", () => open(button.form));
    });
  }
  find("camera-close").addEventListener("click", shut);
  document.addEventListener("visibilitychange", () => { if (document.hidden) { shut(); } });
}
