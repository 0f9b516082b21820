// Reading codes with the camera, by the browser's own BarcodeDetector: the picture never leaves the phone. Where there is
// none, a code is typed or read by a scanner.

const FORMATS = ["qr_code", "code_128", "code_39"];
const LOOK_EVERY = 150;
const BACK = { facingMode: "environment" };

async function detectorOfBrowser() {
  if (!("BarcodeDetector" in window)) {
    return null;
  }
  try {
    const known = await window.BarcodeDetector.getSupportedFormats();
    const formats = FORMATS.filter((format) => known.includes(format));
    return formats.includes("qr_code") ? new window.BarcodeDetector({ formats }) : null;
  } catch {
    return null;
  }
}

// Show the camera in `box` and call `onCode` with each text it reads; return a function that closes it.
export async function openCamera({ box, onCode }) {
  const detector = await detectorOfBrowser();
  if (!detector) {
    throw new Error("no decoder");
  }
  return watch(detector, box, onCode);
}

async function watch(detector, box, onCode) {
  const stream = await navigator.mediaDevices.getUserMedia({ video: BACK });
  const video = document.createElement("video");
  video.muted = true;
  video.setAttribute("playsinline", "");
  video.srcObject = stream;
  box.append(video);
  let isOpen = true;
  const close = async () => {
    isOpen = false;
    stream.getTracks().forEach((track) => track.stop());
    video.remove();
  };
  try {
    await video.play();
  } catch (error) {
    close();
    throw error;
  }
  const look = async () => {
    if (!isOpen) {
      return;
    }
    try {
      const found = await detector.detect(video);
      if (isOpen && found.length) {
        onCode(found[0].rawValue);
      }
    } catch { /* no picture yet */ }
    setTimeout(look, LOOK_EVERY);
  };
  look();
  return close;
}
