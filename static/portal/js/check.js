// The camera of a clerk or of a door: what it reads goes into the field and is sent, as if it had been typed. It is never
// opened.

const AGAIN_AFTER = 4000; // a code that stays before the camera is one code

const box = document.querySelector("[data-check-camera]");
const find = (name) => box.querySelector(`[data-check-${name}]`);
const field = () => document.querySelector(box.dataset.checkField || "#check [name=code]"); // anew after each answer
let close = null;
let last = { text: "", at: 0 };

function read(text) {
  const wanted = field();
  const now = Date.now();
  const isSame = text === last.text && now - last.at < AGAIN_AFTER;
  last = { text, at: now };
  if (wanted && !isSame) {
    wanted.value = wanted.maxLength > 0 ? text.slice(0, wanted.maxLength) : text; // -1 where there is no limit
    wanted.form.requestSubmit();
  }
}

function shut() {
  if (close) {
    close();
    close = null;
  }
  find("open").hidden = false;
  find("close").hidden = true;
}

async function open() {
  find("told").textContent = "";
  find("open").hidden = true;
  find("close").hidden = false;
  find("close").focus();
  try {
    const { openCamera } = await import(box.dataset.checkCamera);
    const packaged = async () => {
      const { packagedDetector } = await import(box.dataset.checkDecoder);
      return packagedDetector(box.dataset.checkZxing);
    };
    close = await openCamera({ box: find("picture"), onCode: read, packaged });
    if (find("close").hidden) { // closed before it was open
      shut();
    }
  } catch {
    shut();
    find("told").textContent = find("told").dataset.failed;
    field().focus();
  }
}

if (box && navigator.mediaDevices && navigator.mediaDevices.getUserMedia) {
  find("open").hidden = false;
  find("open").addEventListener("click", open);
  find("close").addEventListener("click", shut);
  document.addEventListener("visibilitychange", () => { if (document.hidden) { shut(); } });
}
