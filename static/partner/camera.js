// Reading codes with the camera: by the browser's own BarcodeDetector, else by the packaged decoder. The picture never
// leaves the phone.

const FORMATS = ["qr_code", "code_128", "code_39"];
const LOOK_EVERY = 150;
const BACK = { facingMode: "environment" };

// Return the browser's own detector, or null where it has none that reads our tags.
export async function detectorOfBrowser() {
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

// Show the camera in `box` and call `onCode` with each text it reads; return a function that closes it. `packaged` fetches
// the other detector, while the picture is there already.
export async function openCamera({ box, onCode, packaged }) {
  const { video, close } = await pictureIn(box);
  try {
    const detector = (await detectorOfBrowser()) || (await packaged());
    return watch(detector, video, { onCode, close });
  } catch (error) {
    close();
    throw error;
  }
}

async function pictureIn(box) {
  const stream = await navigator.mediaDevices.getUserMedia({ video: BACK });
  const video = document.createElement("video");
  const close = () => {
    stream.getTracks().forEach((track) => track.stop());
    video.remove();
  };
  video.muted = true;
  video.setAttribute("playsinline", "");
  video.srcObject = stream;
  box.append(video);
  try {
    await video.play();
  } catch (error) {
    close();
    throw error;
  }
  return { video, close };
}

function watch(detector, video, { onCode, close }) {
  let isOpen = true;
  const look = async () => {
    if (!isOpen) {
      return;
    }
    const began = Date.now();
    try {
      const found = await detector.detect(video);
      if (isOpen && found.length) {
        onCode(found[0].rawValue);
      }
    } catch { /* no picture yet */ }
    setTimeout(look, Math.max(LOOK_EVERY, Date.now() - began)); // a slow phone has half of its time for the finger
  };
  look();
  return () => {
    isOpen = false;
    close();
  };
}
