// The desk without network: scan, keep, send later. Words and addresses stand in the page. What is on disk is sealed;
// what is shown in the clear is known to this page alone, and gone with it.

const main = document.querySelector("main");
const words = document.querySelector("template[data-words]").content;
const CARD_IDLE = 10 * 60 * 1000;
const SAME_WITHIN = 5 * 60 * 1000;
const SHOWN = 200;
const TIME = { hour: "2-digit", minute: "2-digit", hour12: false };
const STATE_TONES = { sending: "warn", elsewhere: "warn", offline: "warn", "at-rest": "warn" };
const ICONS = { good: "check", warn: "warning", bad: "error", kept: "clock" };

const find = (name, root = document) => root.querySelector(`[data-${name}]`);

function word(name, values = {}) {
  const text = words.querySelector(`[data-word="${name}"]`).textContent;
  return Object.entries(values).reduce((told, [key, value]) => told.replace(`{${key}}`, value), text);
}

const counted = (one, some, n) => word(n === 1 ? one : some, { n });
const clockTime = (at) => new Date(at).toLocaleTimeString(document.documentElement.lang, TIME);

function show(element, isShown) {
  element.hidden = !isShown;
}

function announce(text) {
  const live = find("live");
  live.textContent = "";
  setTimeout(() => { live.textContent = text; }, 100); // emptied first: the same words are told again too
}

// --- What was done, the newest first

const rows = new Map(); // by key

function rowOf(entry) {
  if (!rows.has(entry.key)) {
    const row = find("row").content.firstElementChild.cloneNode(true);
    find("what", row).textContent = word(`${entry.act}-sealed`, { time: clockTime(entry.at) });
    find("acts").prepend(row);
    rows.set(entry.key, row);
    show(find("none"), false);
    while (find("acts").children.length > SHOWN) {
      find("acts").lastElementChild.remove();
    }
  }
  return rows.get(entry.key);
}

function tell(row, tone, text) {
  row.className = `od-act is-${tone}`;
  find("told", row).textContent = text;
  const use = row.querySelector("use");
  use.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#${ICONS[tone]}`));
}

function clearRows() {
  rows.clear();
  find("acts").textContent = "";
  show(find("none"), true);
}

async function start() {
  const scripts = await Promise.all(
    ["queue", "sending", "seal", "cards"].map((name) => import(main.getAttribute(`data-script-${name}`))),
  );
  const [{ openQueue }, { notSent, readJson, reached, sendTo }, { canSeal, sealerFor }, { asCard, isCard }] = scripts;
  let queue = null;
  let shift = null; // {word, publicKey, place}
  let seal = null;
  let waits = 0;
  let state = "idle";
  let isOver = false;

  // --- What is said of the network and the queue

  function tellState(name) {
    state = name;
    const isAlone = name === "idle" && !navigator.onLine;
    const isEmpty = name === "signed-out" && waits === 0;
    find("state").textContent = word(isAlone ? "idle-offline" : isEmpty ? "signed-out-empty" : name);
    const tone = name === "idle" && !isAlone ? "good" : STATE_TONES[name] || (isAlone ? "warn" : "bad");
    find("state-box").className = `od-box is-${tone}`;
    show(find("sign-in"), name === "signed-out" || name === "at-rest");
    show(find("choose-desk"), name === "no-desk");
    tellCount();
  }

  function tellCount() {
    find("count").textContent = waits ? counted("one-waits", "some-wait", waits) : "";
    show(find("send"), waits > 0 && !isOver);
  }

  function stopped(name) {
    tellState(name);
    show(find("work"), false);
  }

  // --- The shift: who works where. Asked for whenever there is network; kept for when there is none.

  async function take(known) {
    shift = known;
    seal = await sealerFor(known.publicKey);
    find("place").textContent = known.place;
    show(find("work"), true);
  }

  async function askShift() {
    const response = await reached(main.dataset.shift, { redirect: "follow" });
    if (response.redirected) {
      throw notSent(new URL(response.url).pathname === main.dataset.rest ? "at-rest" : "signed-out");
    }
    if (response.status === 409) {
      throw notSent("no-desk");
    }
    const told = await readJson(response);
    await take({ word: told.shift, publicKey: told.public_key, place: told.place });
    await queue.remember("shift", shift);
    return told.csrf;
  }

  // Ask again whenever somebody comes back to the page: it may be another librarian by now, or nobody.
  async function lookAgain() {
    try {
      await askShift();
    } catch (error) {
      if (error.reason === "signed-out" && !(await queue.waiting(1)).length) {
        await queue.wipe(); // whoever worked here has signed out and left nothing behind
        stopped("signed-out");
      } else if (!shift) {
        stopped(error.reason === "offline" ? "no-shift" : error.reason || "server");
      } else {
        tellState(error.reason || "server");
      }
      return;
    }
    tellState("idle");
  }

  // --- Acts

  async function act(name, content, values) {
    if (isOver) {
      return;
    }
    let entry;
    try {
      entry = await queue.add(name, content);
    } catch {
      announce("");
      find("state").textContent = word("not-kept");
      find("state-box").className = "od-box is-bad";
      return;
    }
    const row = rowOf(entry);
    find("what", row).textContent = word(name, { ...values, time: clockTime(entry.at) });
    if (!row.matches(".is-good, .is-warn, .is-bad")) { // the answer may have been faster
      tell(row, "kept", word("kept"));
    }
    announce(find("what", row).textContent);
  }

  function slip(form, text) {
    form.querySelector(".od-slip").textContent = text;
    form.querySelector("input").setAttribute("aria-invalid", text ? "true" : "false");
  }

  const lately = new Map(); // what was done in these minutes: a scanner may read twice

  function isTwice(name, what, card) {
    const key = [name, what, card].join(" ");
    const before = lately.get(key);
    lately.clear();
    lately.set(key, Date.now());
    return before !== undefined && Date.now() - before < SAME_WITHIN;
  }

  const cardForm = find("card-form");
  const lendForm = find("act-form");
  let card = "";
  let strange = "";
  let idle = 0;

  function lendTo(number) {
    card = number;
    strange = "";
    slip(cardForm, "");
    slip(lendForm, "");
    cardForm.reset();
    lendForm.reset();
    show(cardForm, !number);
    show(lendForm, Boolean(number));
    find("card-end").textContent = number.slice(-4);
    (number ? lendForm : cardForm).querySelector("input").focus();
    clearTimeout(idle);
    if (number) {
      idle = setTimeout(() => {
        lendTo("");
        announce(word("card-idle"));
      }, CARD_IDLE);
      announce(word("lending-to", { card: number.slice(-4) }));
    }
  }

  cardForm.addEventListener("submit", (event) => {
    event.preventDefault();
    const number = asCard(cardForm.elements.card.value);
    if (!number) {
      slip(cardForm, word("card-missing"));
    } else if (isCard(number) || number === strange) {
      lendTo(number);
    } else {
      strange = number;
      cardForm.elements.card.value = "";
      slip(cardForm, word("card-strange", { card: number }));
      cardForm.elements.card.value = number;
      cardForm.elements.card.select();
    }
  });

  find("next-reader").addEventListener("click", () => lendTo(""));

  document.querySelectorAll("[data-act-form]").forEach((form) => {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const name = form.dataset.actForm;
      const what = form.elements.what.value.trim();
      form.reset();
      form.elements.what.focus();
      if (!what) {
        slip(form, word("code-missing"));
      } else if (name === "lend" && isCard(asCard(what))) {
        lendTo(asCard(what)); // the next reader's card
      } else if (isTwice(name, what, name === "lend" ? card : "")) {
        slip(form, word("twice", { what }));
      } else {
        slip(form, "");
        const content = name === "lend" ? { what, card } : { what };
        act(name, content, { what, card: card.slice(-4) });
        if (name === "lend") {
          const number = card;
          clearTimeout(idle);
          idle = setTimeout(() => { if (card === number) { lendTo(""); announce(word("card-idle")); } }, CARD_IDLE);
        }
      }
    });
  });

  document.querySelectorAll("[name=mode]").forEach((choice) => choice.addEventListener("change", () => {
    document.querySelectorAll("[data-mode]").forEach((part) => show(part, part.dataset.mode === choice.value));
    if (choice.value !== "lend") {
      lendTo("");
    }
  }));

  // --- The end of the shift

  find("end").addEventListener("click", async () => {
    try {
      await queue.wipe();
    } catch (error) {
      find("end-told").textContent = counted("one-blocks", "some-block", error.count || waits);
    }
  });

  function over() {
    isOver = true;
    queue.stop();
    clearRows();
    card = "";
    cardForm.reset();
    lendForm.reset();
    shift = null;
    seal = null;
    find("place").textContent = "";
    find("end-told").textContent = "";
    show(find("work"), false);
    show(find("end"), false);
    if (state !== "signed-out") {
      find("state").textContent = word("ended");
      find("state-box").className = "od-box is-good";
    }
    tellCount();
    main.focus();
  }

  find("send").addEventListener("click", () => queue.flush());

  // --- Begin

  if (!canSeal()) {
    stopped("not-secure");
    return;
  }
  try {
    queue = await openQueue({
      name: "milanolib offline desk",
      send: sendTo({ url: main.dataset.reports, token: askShift }),
      seal: async (content, head) => {
        const { word: said } = shift;
        return { shift: said, sealed: await seal(content, `${head.key} ${head.act} ${head.at}`) };
      },
    });
  } catch {
    stopped("no-store");
    return;
  }
  queue.addEventListener("state", (event) => tellState(event.detail.state));
  queue.addEventListener("wiped", over);
  queue.addEventListener("answer", (event) => {
    const { entry, result } = event.detail;
    const told = [result.title, result.told].filter(Boolean).join(": ");
    tell(rowOf(entry), result.tone, told || word("sent"));
  });
  queue.addEventListener("change", async (event) => {
    waits = event.detail.waiting;
    tellCount();
    if (!waits) {
      find("end-told").textContent = "";
    }
    const kept = new Set();
    (await queue.waiting()).forEach((entry) => {
      kept.add(entry.key);
      if (!rows.has(entry.key)) {
        tell(rowOf(entry), "kept", word("kept"));
      }
    });
    rows.forEach((row, key) => {
      if (!kept.has(key) && row.matches(".is-kept")) { // sent by a tab that cannot tell us more
        find("told", row).textContent = word("sent");
      }
    });
  });
  window.addEventListener("offline", () => { if (!isOver) { tellState("offline"); } });
  window.addEventListener("online", () => { if (!isOver && !waits) { lookAgain(); } });
  document.addEventListener("visibilitychange", () => { if (!isOver && !waits && !document.hidden) { lookAgain(); } });

  const known = await queue.recall("shift");
  if (known) {
    await take(known);
  }
  await lookAgain();
  if (!isOver) {
    queue.start();
    cardForm.elements.card.focus();
  }
  keepPage();
}

// From now on the browser keeps the page itself. Where it cannot, the page works as long as it stays open.
async function keepPage() {
  try {
    await navigator.serviceWorker.register(main.dataset.worker, { scope: main.dataset.scope });
    await navigator.serviceWorker.ready;
    find("ready").textContent = word("ready");
  } catch {
    find("ready").textContent = word("not-ready");
  }
}

start().catch(() => {
  find("state").textContent = word("refused");
});
