// The pass: draws the code of each minute, from codes that were fetched for some hours. On the page of the account they
// are in memory only; who asks for it keeps them on this phone, until they are over or somebody signs out.

const STORE = "milanolib pass";
const SIDE = 21; // squares of the QR
const ROW = 6; // hexadecimal digits of a row
const LOOK_EVERY = 500;

const box = document.querySelector("[data-pass]");
const form = document.querySelector("[data-pass-form]");
const told = document.querySelector("[data-pass-told]");
const words = document.querySelector("[data-pass-words]");
const find = (name) => box.querySelector(`[data-pass-${name}]`);
const word = (name) => words.content.querySelector(`[data-word=${name}]`).textContent;

let pass = null; // codes, squares, startsAt, step, and by how much this phone's clock is behind ours
let drawn = -1;
let isFetching = false;

function tell(name, values = {}) {
  told.textContent = Object.entries(values).reduce((text, [key, value]) => text.replace(`{${key}}`, value), word(name));
}

const endsAt = (one) => one.startsAt + one.codes.length * one.step;
const TIME = { hour: "2-digit", minute: "2-digit", hour12: false };
const timeOf = (at) => new Date(at).toLocaleTimeString(document.documentElement.lang, TIME);

function pathOf(squares) {
  const rows = Array.from({ length: SIDE }, (_none, row) => parseInt(squares.slice(row * ROW, (row + 1) * ROW), 16));
  const dark = (row, x) => (row >> (SIDE - 1 - x)) & 1;
  return rows.map((row, y) => rows.map((_row, x) => (dark(row, x) ? `M${x} ${y}h1v1h-1z` : "")).join("")).join("");
}

// --- The store of this phone; a browser may forbid it

function stored() {
  try {
    return JSON.parse(localStorage.getItem(STORE));
  } catch {
    return null;
  }
}

function forget() {
  try {
    localStorage.removeItem(STORE);
  } catch { /* there is none */ }
}

// --- Drawing

function draw() {
  if (!pass) {
    return;
  }
  const now = Date.now() + pass.behind;
  const place = Math.floor((now - pass.startsAt) / pass.step);
  if (place < 0 || place >= pass.codes.length) {
    over();
    return;
  }
  const left = find("left");
  left.hidden = false;
  left.value = Math.ceil((pass.step - ((now - pass.startsAt) % pass.step)) / 1000);
  if (place !== drawn) {
    drawn = place;
    find("squares").setAttribute("d", pathOf(pass.squares[place]));
    find("code").textContent = pass.codes[place].replace(/(.{4})(?=.)/g, "$1 ");
  }
}

function over() {
  pass = null;
  drawn = -1;
  find("squares").setAttribute("d", "");
  find("code").textContent = "";
  find("left").hidden = true;
  if (form) {
    load();
  } else {
    forget();
    box.hidden = true;
    tell("over");
  }
}

// --- The page of the account

async function load() {
  if (isFetching) {
    return;
  }
  isFetching = true;
  try {
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form), credentials: "same-origin" });
    const given = await answer.json();
    if (!answer.ok) {
      told.textContent = given.refusal || word("lost");
      return;
    }
    const { now, ...rest } = given;
    pass = { ...rest, behind: now - Date.now() };
    told.textContent = "";
    const line = find("reload");
    if (line) {
      line.parentElement.hidden = true; // it goes on by itself now
    }
    draw();
  } catch {
    tell("lost");
    setTimeout(() => { isFetching = false; }, 10000);
    return;
  }
  isFetching = false;
}

async function awake(registration) { // this page is not the worker's own, so `ready` would never come
  const worker = registration.installing || registration.waiting || registration.active;
  while (worker.state !== "activated") {
    if (worker.state === "redundant") {
      throw new Error("not kept");
    }
    await new Promise((resolve) => { worker.addEventListener("statechange", resolve, { once: true }); });
  }
}

async function keep(event) {
  event.preventDefault();
  await load();
  if (!pass) {
    return;
  }
  try {
    localStorage.setItem(STORE, JSON.stringify(pass));
    await awake(await navigator.serviceWorker.register(box.dataset.passWorker));
  } catch {
    forget();
    tell("full");
    return;
  }
  window.location.assign(box.dataset.passShell);
}

// --- The page that the phone keeps

function showKept() {
  pass = stored();
  box.hidden = !pass;
  if (pass && Date.now() + pass.behind >= endsAt(pass)) {
    over();
  } else if (pass) {
    tell("kept", { time: timeOf(endsAt(pass) - pass.behind) });
    draw();
  } else {
    tell("none");
  }
}

function drop() {
  forget();
  pass = null;
  box.hidden = true;
  tell("gone");
}

if (box && form) {
  form.hidden = !("serviceWorker" in navigator);
  form.addEventListener("submit", keep);
  load();
}
if (box && "passKept" in box.dataset) {
  find("drop").addEventListener("click", drop);
  showKept();
}
if (box) {
  setInterval(draw, LOOK_EVERY);
  document.addEventListener("visibilitychange", draw);
}
