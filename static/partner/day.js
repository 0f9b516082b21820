// The partner's day: what is done is kept on the phone first, and sent when there is a signal. Words and addresses stand
// in the page. On disk are the point's parcels (tag, number, digest of the code), what was not sent, and a short log.

const main = document.querySelector("main");
const words = document.querySelector("template[data-words]").content;
const ADDRESS_OF = { take_in: main.dataset.take_in, hand_out: main.dataset.hand_out, take_back: main.dataset.take_back };
const PANEL = Object.keys(ADDRESS_OF).find((name) => ADDRESS_OF[name] === window.location.pathname) || "home";
const QUEUE = "milanolib partner";
const LOGGED = 60;
const SAME_WITHIN = 5 * 60 * 1000;
const LOOK_EVERY = 60 * 1000;
const CODE_PATIENCE = 6000;
const WRONG_ALLOWED = 5;
const LAST_DIGITS = 4;
const REFUSED = 422;
const TIME = { hour: "2-digit", minute: "2-digit", hour12: false };
const BAD_STATES = ["refused", "signed-out", "too-large", "server", "never"];

const find = (name, root = document) => root.querySelector(`[data-${name}]`);
const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));
const language = document.documentElement.lang;
const clockTime = (at) => new Date(at).toLocaleTimeString(language, TIME);
const dayOf = (date) => new Date(`${date}T12:00`).toLocaleDateString(language, { day: "numeric", month: "short" });

function word(name, values = {}) {
  const text = words.querySelector(`[data-word="${name}"]`).textContent;
  return Object.entries(values).reduce((told, [key, value]) => told.replace(`{${key}}`, value), text);
}

function announce(text) {
  const live = find("live");
  live.textContent = "";
  setTimeout(() => { live.textContent = text; }, 100); // emptied first: the same words are told again too
}

function rowOf(name) {
  return document.querySelector(`template[data-row=${name}]`).content.firstElementChild.cloneNode(true);
}

// --- What is said of the last thing

let toldOf = ""; // the key of the act that the words are about

function tell(tone, text, { number = null, key = "" } = {}) {
  toldOf = key;
  find("told-box").className = `mp-told is-${tone}`;
  find("told-box").hidden = false;
  find("told", find("told-box")).textContent = text;
  find("told-number").hidden = number === null;
  find("told-number").textContent = number === null ? "" : number;
  announce(text);
}

function fill(name, rows) {
  const list = document.querySelector(`[data-list=${name}]`);
  list.textContent = "";
  list.append(...rows);
  document.querySelector(`[data-none=${name}]`).hidden = rows.length > 0;
}

function stop(name) {
  find("state").textContent = word(name);
  find("state-box").className = "mp-state is-bad";
}

async function start() {
  const [{ openQueue }, { notSent, readJson, reached, sendTo }, codes] = await Promise.all(
    ["queue", "sending", "codes"].map((name) => import(main.getAttribute(`data-script-${name}`))),
  );
  let queue = null;
  let day = null; // what the portal said last, with what was done since: {place, parcels, returned, iterations, asOf}
  let log = []; // the newest first: {key, act, what, at, number, tone, told, isSeen}
  let waiting = [];
  let answers = 0; // how many have come: a list that was asked for before one of them is out of date
  let found = null;

  // --- What is on disk

  let writing = Promise.resolve();

  function write(name, value) {
    writing = writing.then(() => queue.remember(name, value)).catch(() => {});
    return writing;
  }

  const saveDay = () => write("day", day);
  const saveLog = () => write("log", log);

  async function readAgain() { // another page of this phone has written
    day = await queue.recall("day");
    log = (await queue.recall("log")) || [];
    waiting = await queue.waiting();
  }

  // --- The list: as the portal said, with what has been done since

  function parcels() {
    const rows = new Map(((day && day.parcels) || []).map((parcel) => [parcel.tag, parcel]));
    waiting.forEach(({ act, content }) => moved(rows, act, content.what));
    return rows;
  }

  function moved(rows, act, tag) {
    const parcel = rows.get(tag);
    if (act === "hand_over") {
      rows.delete(tag);
    } else if (act === "receive" && parcel && parcel.state === "coming") {
      rows.set(tag, { ...parcel, state: "here" });
    }
  }

  let isLooking = null;

  // Ask what is here now; what is not in the answer is forgotten. Two at once are one.
  function look() {
    isLooking = isLooking || lookNow().finally(() => { isLooking = null; });
    return isLooking;
  }

  async function lookNow() {
    const before = answers;
    const told = await readJson(await reached(main.dataset.parcels));
    if (answers === before) {
      const { csrf: _csrf, now: _now, codes_rest: rest, ...kept } = told;
      day = { ...kept, asOf: Date.now() };
      await saveDay();
      await write("wrong", rest ? WRONG_ALLOWED : 0);
      show();
    }
    return told.csrf;
  }

  async function lookAgain() {
    try {
      await look();
      if (waiting.length) {
        queue.flush();
      } else {
        tellState("idle");
      }
    } catch (error) {
      await failed(error.reason || "server");
    }
  }

  async function failed(reason) {
    if (reason === "signed-out") { // cut off: what belongs to the point goes, what was not sent stays
      day = null;
      await saveDay();
      show();
    }
    tellState(reason === "offline" && !day ? "never" : reason);
  }

  // --- What is said of signal and queue

  function tellState(name) {
    find("state").textContent = word(name);
    const tone = name === "idle" ? "good" : BAD_STATES.includes(name) ? "bad" : "warn";
    find("state-box").className = `mp-state is-${tone}`;
    find("connect").hidden = name !== "signed-out";
    tellCount();
  }

  function tellCount() {
    const n = waiting.length;
    find("count").textContent = n ? word(n === 1 ? "one-waits" : "some-wait", { n }) : "";
    find("send").hidden = n === 0;
  }

  // --- What is shown

  function parcelRow(parcel) {
    const row = rowOf("parcel");
    find("shelf", row).textContent = parcel.shelf_number;
    find("tag", row).textContent = codes.inFours(parcel.tag);
    find("until", row).textContent = parcel.until ? word("until", { day: dayOf(parcel.until) }) : "";
    return row;
  }

  function returnedRow(digits) {
    const row = rowOf("returned");
    find("tag", row).textContent = word("ends-in", { digits });
    return row;
  }

  const named = ({ act, what, at }) => word(act, { what, time: clockTime(at) });

  function doneRow(entry) {
    const row = rowOf("done");
    find("what", row).textContent = named(entry);
    find("how", row).textContent = word(entry.tone ? "sent" : "kept");
    return row;
  }

  function troubleRow(entry) {
    const row = rowOf("trouble");
    row.classList.add(`is-${entry.tone}`);
    find("what", row).textContent = named(entry);
    find("told", row).textContent = entry.told;
    row.querySelector("button").addEventListener("click", () => {
      entry.isSeen = true;
      saveLog();
      show();
      main.focus();
    });
    return row;
  }

  function show() {
    const rows = Array.from(parcels().values()).sort((one, other) => one.shelf_number - other.shelf_number);
    const returned = ((day && day.returned) || []);
    const counts = { returned: returned.length };
    ["coming", "here", "back"].forEach((state) => {
      const those = rows.filter((parcel) => parcel.state === state);
      counts[state] = those.length;
      fill(state, [...those.map(parcelRow), ...(state === "back" ? returned.map(returnedRow) : [])]);
    });
    counts.back += counts.returned;
    all("[data-number]").forEach((place) => { place.textContent = counts[place.dataset.number]; });
    fill("done", log.map(doneRow));
    const troubles = log.filter((entry) => entry.tone && entry.tone !== "good" && !entry.isSeen);
    const shown = find("troubles").children.length;
    if (troubles.length || shown) {
      find("troubles").textContent = "";
      find("troubles").append(...troubles.map(troubleRow));
    }
    if (day) {
      find("place").textContent = day.place;
      find("as-of").textContent = word("as-of", { time: clockTime(day.asOf) });
      find("title").textContent = PANEL === "home" ? day.place : word(PANEL);
    } else {
      find("as-of").textContent = "";
    }
    tellCount();
  }

  // --- Acts: on disk first

  async function keep(act, what, { shown = codes.inFours(what), number = null } = {}) {
    let entry;
    try {
      entry = await queue.add(act, { what });
    } catch {
      tell("bad", word("not-kept"));
      return "";
    }
    if (!log.some(({ key }) => key === entry.key)) { // the answer may have been faster
      log.unshift({ key: entry.key, act, what: shown, at: entry.at, number, tone: "", told: "", isSeen: false });
      log.length = Math.min(log.length, LOGGED);
      await saveLog();
    }
    waiting = await queue.waiting();
    show();
    return entry.key;
  }

  function answered({ key, act, at }, result) {
    answers += 1;
    let entry = log.find((one) => one.key === key);
    if (!entry) {
      entry = { key, act, what: "", at, number: result.shelf_number, isSeen: false };
      log.unshift(entry);
    }
    Object.assign(entry, { tone: result.tone || "warn", told: result.told || "" });
    if (toldOf === key || !toldOf && entry.tone === "good") {
      entry.isSeen = true;
    }
    if (toldOf === key) {
      tellAnswer(entry, result.detail === "received" ? result.shelf_number : null);
    }
    saveLog();
    if (day) {
      const rows = new Map(day.parcels.map((parcel) => [parcel.tag, parcel]));
      moved(rows, act, (waiting.find((one) => one.key === key) || { content: {} }).content.what);
      day.parcels = Array.from(rows.values());
      saveDay();
    }
  }

  function tellAnswer({ key, tone, told }, number) {
    if (find("told", find("told-box")).textContent !== told) { // else it was said already, and need not be heard twice
      tell(tone, told, { number, key });
    }
  }

  async function takeIn(typed) {
    const tag = codes.asCode(typed);
    if (!codes.isTag(tag)) {
      tell("bad", word(tag ? "not-a-tag" : "tag-missing"));
      return;
    }
    const parcel = parcels().get(tag);
    const number = parcel ? parcel.shelf_number : null;
    if (parcel && parcel.state === "here") {
      tell("warn", word("taken-in-already", { number }), { number });
    } else if (parcel && parcel.state === "back") {
      tell("warn", word("goes-back"));
    } else if (waiting.some(({ act, content }) => act === "receive" && content.what === tag)) {
      tell("warn", word("twice"));
    } else {
      const key = await keep("receive", tag, { number });
      sayKept(key, () => {
        if (parcel) {
          tell("good", word("taken-in", { number }), { number, key });
        } else {
          const isCrate = tag.length < 8;
          tell(isCrate ? "good" : "warn", word(isCrate ? "crate-kept" : "unknown-here"), { key });
        }
      });
    }
  }

  // Say that it is kept; unless it has been answered meanwhile, then say that.
  function sayKept(key, say) {
    const entry = log.find((one) => one.key === key);
    if (!key) {
      return;
    }
    say();
    if (entry && entry.tone) {
      entry.isSeen = true;
      tellAnswer(entry, entry.act === "receive" ? entry.number : null);
      show();
    }
  }

  const lately = new Map();

  async function takeBack(typed) {
    const barcode = typed.trim();
    if (!barcode) {
      tell("bad", word("barcode-missing"));
    } else if (Date.now() - (lately.get(barcode) || -SAME_WITHIN) < SAME_WITHIN) {
      tell("warn", word("twice"));
    } else {
      lately.set(barcode, Date.now());
      const key = await keep("return", barcode, { shown: word("ends-in", { digits: barcode.slice(-LAST_DIGITS) }) });
      sayKept(key, () => tell("good", word("returned"), { key }));
    }
  }

  // --- Handing out by code. Each guess is counted before it is tried, so that closing the page does not undo it.

  async function askPortal(code) {
    const patience = new Promise((_resolve, reject) => {
      setTimeout(() => reject(notSent("offline")), CODE_PATIENCE);
    });
    const token = await Promise.race([look(), patience]);
    const asked = reached(main.dataset.find, {
      method: "POST",
      headers: { "Content-Type": "application/x-www-form-urlencoded", "X-CSRFToken": token },
      body: new URLSearchParams({ code }),
    });
    const response = await Promise.race([asked, patience]);
    return response.status === REFUSED ? { refusal: await response.json() } : { parcel: await readJson(response) };
  }

  async function findParcel(typed) {
    const code = codes.asCode(typed);
    if (!codes.isCode(code)) {
      tell("bad", word("not-a-code"));
      return;
    }
    tell("warn", word("looking"));
    const wrong = (await queue.recall("wrong")) || 0;
    await write("wrong", Math.min(wrong + 1, WRONG_ALLOWED));
    const known = Array.from(parcels().values()).filter((parcel) => parcel.state === "here" && parcel.digest);
    const canTry = wrong < WRONG_ALLOWED && day && crypto.subtle;
    const parcel = canTry ? await codes.parcelOf(code, known, day.iterations) : null;
    if (parcel) {
      await write("wrong", 0);
      offer(parcel);
      return;
    }
    try {
      const { parcel: there, refusal } = await askPortal(code);
      if (there) {
        await write("wrong", 0);
        offer(there);
      } else {
        tell("bad", refusal.detail);
      }
    } catch (error) {
      await failed(error.reason || "server");
      tell("bad", word(wrong + 1 >= WRONG_ALLOWED ? "codes-rest" : "wrong-code"));
    }
  }

  function offer(parcel) {
    found = parcel;
    find("told-box").hidden = Boolean(parcel);
    document.querySelector("[data-form=find]").hidden = Boolean(parcel);
    find("found").hidden = !parcel;
    if (parcel) {
      find("found-number").textContent = parcel.shelf_number;
      find("found-tag").textContent = codes.inFours(parcel.tag);
      find("found-box").focus();
      announce(find("found-box").textContent);
    } else {
      document.querySelector("#find").focus();
    }
  }

  find("hand-over").addEventListener("click", async () => {
    const parcel = found;
    if (!parcel) {
      return; // pressed twice
    }
    found = null;
    const number = parcel.shelf_number;
    const key = await keep("hand_over", parcel.tag, { number });
    if (!key) {
      found = parcel;
      return;
    }
    offer(null);
    sayKept(key, () => tell("good", word("handed-over", { number }), { key }));
  });

  find("not-now").addEventListener("click", () => {
    offer(null);
    find("told-box").hidden = true;
  });

  const ACTS = { receive: takeIn, return: takeBack, find: findParcel };
  let doing = Promise.resolve(); // one after the other: a scanner is faster than a disk

  all("[data-form]").forEach((form) => form.addEventListener("submit", (event) => {
    event.preventDefault();
    const typed = form.elements.what.value;
    form.reset();
    form.elements.what.focus();
    doing = doing.then(() => ACTS[form.dataset.form](typed)).catch(() => tell("bad", word("not-kept")));
  }));

  // --- Begin

  try {
    queue = await openQueue({ name: QUEUE, send: sendTo({ url: main.dataset.reports, token: look }) });
    await readAgain();
  } catch {
    stop("no-store");
    const kept = await navigator.serviceWorker.getRegistration();
    if (kept && (await kept.unregister())) {
      window.location.reload(); // to the pages that keep nothing
    }
    return;
  }
  show();
  all("[data-on]").forEach((part) => { part.hidden = !part.dataset.on.split(" ").includes(PANEL); });
  document.title = document.title.replace(word("home"), word(PANEL));
  if (PANEL !== "home") {
    document.querySelector(`[data-on=${PANEL}] input`).focus();
    find("title").textContent = word(PANEL);
  }

  queue.addEventListener("state", (event) => {
    const { state } = event.detail;
    if (state === "signed-out") {
      failed(state);
    } else if (state !== "idle" || navigator.onLine) {
      tellState(state);
    }
  });
  queue.addEventListener("answer", (event) => answered(event.detail.entry, event.detail.result));
  queue.addEventListener("change", async () => {
    const before = waiting.length;
    waiting = await queue.waiting();
    const kept = new Set(waiting.map(({ key }) => key));
    log.forEach((entry) => {
      if (!entry.tone && !kept.has(entry.key)) { // answered while nobody looked
        entry.tone = "good";
      }
    });
    show();
    if (before && !waiting.length) {
      lookAgain();
    }
  });
  find("send").addEventListener("click", () => queue.flush());
  window.addEventListener("offline", () => tellState("offline"));
  window.addEventListener("online", lookAgain);
  document.addEventListener("visibilitychange", async () => {
    if (!document.hidden) {
      await readAgain();
      show();
      lookAgain();
    }
  });
  setInterval(() => { if (!document.hidden && navigator.onLine) { lookAgain(); } }, LOOK_EVERY);

  queue.start();
  await lookAgain();
  keepPage();
}

async function keepPage() {
  try {
    await navigator.serviceWorker.register(main.dataset.worker, { scope: main.dataset.scope });
    await navigator.serviceWorker.ready;
    find("ready").textContent = word("ready");
  } catch { /* the page works as long as it stays open */ }
}

start().catch(() => stop("server"));
