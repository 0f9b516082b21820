// The page of the partner's day as an instrument: its words, its lists, what it says of the last thing.

const TIME = { hour: "2-digit", minute: "2-digit", hour12: false };
const DAY = { day: "numeric", month: "short" };
const words = document.querySelector("template[data-words]").content;
const language = document.documentElement.lang;

export const main = document.querySelector("main");
export const find = (name, root = document) => root.querySelector(`[data-${name}]`);
export const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));
export const clockTime = (at) => new Date(at).toLocaleTimeString(language, TIME);
export const dayOf = (date) => new Date(`${date}T12:00`).toLocaleDateString(language, DAY);

// The time of today; of another day its date too, so that yesterday's list is not taken for today's.
export function momentOf(at) {
  const then = new Date(at);
  const isToday = then.toDateString() === new Date().toDateString();
  return isToday ? clockTime(at) : `${then.toLocaleDateString(language, DAY)}, ${clockTime(at)}`;
}

export function word(name, values = {}) {
  const text = words.querySelector(`[data-word="${name}"]`).textContent;
  return Object.entries(values).reduce((told, [key, value]) => told.replace(`{${key}}`, value), text);
}

export function announce(text) {
  const live = find("live");
  live.textContent = "";
  setTimeout(() => { live.textContent = text; }, 100); // emptied first: the same words are told again too
}

export function rowOf(name) {
  return document.querySelector(`template[data-row=${name}]`).content.firstElementChild.cloneNode(true);
}

export function fill(name, rows) {
  const list = document.querySelector(`[data-list=${name}]`);
  list.textContent = "";
  list.append(...rows);
  document.querySelector(`[data-none=${name}]`).hidden = rows.length > 0;
}

// --- What is said of the last thing

let sign = () => {}; // what is heard and felt beside what is told

export function signWith(other) {
  sign = other;
}

let toldOf = ""; // the key of the act that the words are about

export function tell(tone, text, { number = null, key = "" } = {}) {
  toldOf = key;
  find("told-box").className = `mp-told is-${tone}`;
  find("told-box").hidden = false;
  find("told", find("told-box")).textContent = text;
  find("told-number").hidden = number === null;
  find("told-number").textContent = number === null ? "" : number;
  announce(text);
  sign(tone);
}

// Say no: what was typed is given back, to be mended.
export function refuse(text) {
  tell("bad", text);
  return false;
}

export const isToldOf = (key) => toldOf === key;

// What was said already need not be heard twice; of a crate the phone knows more than the answer.
export function tellAnswer({ key, tone, told, detail }, number) {
  if (detail !== "crate_received" && find("told", find("told-box")).textContent !== told) {
    tell(tone, told, { number, key });
  }
}
