// A tone and a buzz for right and wrong, so that nobody has to look at the screen. The phone remembers that they are off.

const MUTED = "milanolib partner muted";
const TONES = { good: [[880, 0.12]], warn: [[440, 0.12], [440, 0.12]], bad: [[196, 0.4]] };
const BUZZES = { good: [60], warn: [60, 80, 60], bad: [400] };
const GAP = 0.08;
const LOUD = 0.2;

let context = null;

export function isMuted() {
  try {
    return localStorage.getItem(MUTED) !== null;
  } catch {
    return false;
  }
}

export function mute(isMute) {
  try {
    if (isMute) {
      localStorage.setItem(MUTED, "yes");
    } else {
      localStorage.removeItem(MUTED);
    }
  } catch { /* it holds until the page is closed by what the button shows */ }
}

export function sign(tone) {
  if (isMuted() || !TONES[tone]) {
    return;
  }
  try {
    if (navigator.vibrate) {
      navigator.vibrate(BUZZES[tone]);
    }
    sound(TONES[tone]);
  } catch { /* a phone that is silent by itself */ }
}

function sound(tones) {
  const Context = window.AudioContext || window.webkitAudioContext;
  if (!Context) {
    return;
  }
  context = context || new Context();
  if (context.state === "suspended") {
    context.resume();
  }
  let at = context.currentTime;
  tones.forEach(([pitch, lasts]) => {
    const source = context.createOscillator();
    const volume = context.createGain();
    volume.gain.value = LOUD;
    source.frequency.value = pitch;
    source.connect(volume);
    volume.connect(context.destination);
    source.start(at);
    source.stop(at + lasts);
    at += lasts + GAP;
  });
}
