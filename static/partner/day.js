// The partner's day: what is done is kept on the phone first, and sent when there is a signal. Words and addresses stand
// in the page. Each part has a file of its own; this one fetches them, looks after the signal and sends the answers on.

const main = document.querySelector("main");
const PANELS = ["take_in", "hand_out", "take_back", "crate_out", "close_day", "fault"];
const PANEL = PANELS.find((name) => main.dataset[name] === window.location.pathname) || "home";
const PARTS = ["queue", "sending", "codes", "page", "kept", "lists", "signs", "taking", "handing", "shelf", "scanning"];
const QUEUE = "milanolib partner";
const LOOK_EVERY = 60 * 1000;
const BAD_STATES = ["refused", "signed-out", "too-large", "server", "never"];

function stop(name) { // needs nothing that has to be fetched first
  const words = document.querySelector("template[data-words]").content;
  document.querySelector("[data-state]").textContent = words.querySelector(`[data-word="${name}"]`).textContent;
  document.querySelector("[data-state-box]").className = "mp-state is-bad";
}

// The worker remembers the language, and has the page in each: no signal is needed. Without it the portal is asked.
function offerLanguages() {
  document.querySelectorAll("[data-language]").forEach((link) => link.addEventListener("click", (event) => {
    const worker = navigator.serviceWorker && navigator.serviceWorker.controller;
    if (worker) {
      const channel = new MessageChannel();
      event.preventDefault();
      channel.port1.onmessage = () => window.location.reload();
      worker.postMessage({ language: link.dataset.language }, [channel.port2]);
    }
  }));
}

async function start() {
  const parts = await Promise.all(PARTS.map((name) => import(main.getAttribute(`data-script-${name}`))));
  const [{ openQueue }, sending, codes, page, { Kept }, { lists }, signs, { taking }, ...more] = parts;
  const [{ handing, WRONG_ALLOWED }, { shelf }, { scanning }] = more;
  const { all, find, isToldOf, tell, tellAnswer, word } = page;
  const { readJson, reached, sendTo } = sending;
  let kept = null;
  let drawn = null; // the lists
  let lost = ""; // why the portal did not answer last: an empty queue alone does not say that it does

  // --- The list: asked from the portal. What is not in the answer is forgotten. Two questions at once are one.

  let isLooking = null;

  function look() {
    isLooking = isLooking || lookNow().finally(() => { isLooking = null; });
    return isLooking;
  }

  async function lookNow() {
    const before = kept.answers;
    const told = await readJson(await reached(main.dataset.parcels));
    lost = "";
    if (kept.answers === before) {
      const { csrf: _csrf, now: _now, codes_rest: rest, ...day } = told;
      kept.day = { ...day, asOf: Date.now() };
      await kept.saveDay();
      await kept.write("wrong", rest ? WRONG_ALLOWED : 0);
      drawn.show();
    }
    return told.csrf;
  }

  async function lookAgain() {
    try {
      await look();
      if (kept.waiting.length) {
        kept.queue.flush();
      } else {
        tellState("idle");
      }
    } catch (error) {
      await failed(error.reason || "server");
    }
  }

  async function failed(reason) {
    lost = reason;
    if (reason === "signed-out") { // cut off: what belongs to the point goes, what was not sent stays
      kept.day = null;
      await kept.saveDay();
      drawn.show();
    }
    tellState(reason === "offline" && !kept.day ? "never" : reason);
  }

  function tellState(name) {
    find("state").textContent = word(name);
    const tone = name === "idle" ? "good" : BAD_STATES.includes(name) ? "bad" : "warn";
    find("state-box").className = `mp-state is-${tone}`;
    find("connect").hidden = name !== "signed-out";
    find("without-signal").hidden = !["offline", "never"].includes(name);
    drawn.showCount();
  }

  // --- Acts: on disk first

  async function keep(act, what, { shown = codes.inFours(what), number = null, counted = null } = {}) {
    try {
      const content = counted === null ? { what } : { what, counted };
      const key = await kept.add(act, content, { shown, number });
      drawn.show();
      return key;
    } catch {
      tell("bad", word("not-kept"));
      return "";
    }
  }

  // Say that it is kept; unless it has been answered meanwhile, then say that. Return whether it is kept.
  function sayKept(key, say) {
    const entry = kept.log.find((one) => one.key === key);
    if (!key) {
      return false;
    }
    say();
    if (entry && entry.tone) {
      entry.isSeen = true;
      tellAnswer(entry, entry.act === "receive" ? entry.number : null);
      drawn.show();
    }
    return true;
  }

  function answered(head, result) {
    const entry = kept.answered(head, result);
    if (isToldOf(head.key) || isToldOf("") && entry.tone === "good") {
      entry.isSeen = true;
    }
    if (isToldOf(head.key)) {
      tellAnswer(entry, result.detail === "received" ? result.shelf_number : null);
    }
    kept.saveLog();
  }

  // --- Begin

  try {
    kept = new Kept(await openQueue({ name: QUEUE, send: sendTo({ url: main.dataset.reports, token: look }) }));
    await kept.readAgain();
  } catch {
    stop("no-store");
    const worker = await navigator.serviceWorker.getRegistration();
    if (worker && (await worker.unregister())) {
      window.location.reload(); // to the pages that keep nothing
    }
    return;
  }
  drawn = lists({ page, kept, codes, panel: PANEL });
  const tools = { page, kept, codes, sending, look, failed, keep, sayKept, sign: signs.sign };
  const acts = { ...taking(tools), ...handing(tools), ...shelf(tools) };
  let doing = Promise.resolve(); // one after the other: a scanner is faster than a disk

  // What was refused stands in the field again, to be mended; the next scan takes its place.
  function giveBack({ elements }, typed, act, counted) {
    if (!elements.what.value) {
      elements.what.value = typed;
      elements.what.select();
    }
    if (act) {
      elements.act.value = act;
    }
    if (counted) {
      elements.counted.value = counted;
    }
  }

  all("[data-form]").forEach((form) => form.addEventListener("submit", (event) => {
    event.preventDefault();
    const typed = form.elements.what.value;
    const act = form.elements.act ? form.elements.act.value : "";
    const counted = form.elements.counted ? form.elements.counted.value : "";
    if (!form.elements.act || act) {
      form.reset();
      form.elements.what.focus();
    }
    doing = doing
      .then(() => acts[form.dataset.form](typed, act, counted))
      .catch(() => page.refuse(word("not-kept")))
      .then((isTaken) => { if (!isTaken) { giveBack(form, typed, act, counted); } });
  }));
  if (PANEL === "home" && ![main.dataset.scope, main.dataset.page].includes(window.location.pathname)) {
    tell("warn", word("needs-signal")); // another page was asked for
  }
  page.signWith(signs.sign);
  scanning(tools);
  offerSounds();
  drawn.show();
  all("[data-on]").forEach((part) => { part.hidden = !part.dataset.on.split(" ").includes(PANEL); });
  document.title = document.title.replace(word("home"), word(PANEL));
  if (PANEL !== "home") {
    main.append(find("troubles")); // who waits at the counter comes first, here as under the acts of the first page
    document.querySelector(`[data-on=${PANEL}] input`).focus();
    find("title").textContent = word(PANEL);
  }
  follow();
  kept.queue.start();
  await lookAgain();
  keepPage();

  function offerSounds() {
    const button = find("sounds");
    const show = () => { button.setAttribute("aria-pressed", String(!signs.isMuted())); };
    button.hidden = false;
    button.addEventListener("click", () => {
      signs.mute(!signs.isMuted());
      show();
      signs.sign("good");
    });
    show();
  }

  // --- What happens by itself

  function follow() {
    const { queue } = kept;
    queue.addEventListener("state", (event) => {
      const { state } = event.detail;
      if (state === "signed-out") {
        failed(state);
      } else if (state !== "idle" || (navigator.onLine && !lost)) {
        tellState(state);
      }
    });
    queue.addEventListener("answer", (event) => answered(event.detail.entry, event.detail.result));
    queue.addEventListener("change", async () => {
      const before = kept.waiting.length;
      kept.waiting = await queue.waiting();
      const waits = new Set(kept.waiting.map(({ key }) => key));
      kept.log.forEach((entry) => {
        if (!entry.tone && !waits.has(entry.key)) { // answered while nobody looked
          entry.tone = "good";
        }
      });
      drawn.show();
      if (before && !kept.waiting.length) {
        lookAgain();
      }
    });
    find("send").addEventListener("click", () => queue.flush());
    window.addEventListener("offline", () => tellState("offline"));
    window.addEventListener("online", lookAgain);
    document.addEventListener("visibilitychange", async () => {
      if (!document.hidden) {
        await kept.readAgain();
        drawn.show();
        lookAgain();
      }
    });
    setInterval(() => { if (!document.hidden && navigator.onLine) { lookAgain(); } }, LOOK_EVERY);
  }
}

async function keepPage() {
  try {
    await navigator.serviceWorker.register(main.dataset.worker, { scope: main.dataset.scope });
    const { active } = await navigator.serviceWorker.ready;
    const ready = document.querySelector("template[data-words]").content.querySelector("[data-word=ready]");
    document.querySelector("[data-ready]").textContent = ready.textContent;
    const { detectorOfBrowser } = await import(main.getAttribute("data-script-camera"));
    if (!(await detectorOfBrowser())) { // now that nobody waits for anything else
      active.postMessage({ keep: "decoder" });
    }
  } catch { /* the page works as long as it stays open */ }
}

offerLanguages();
start().catch(() => stop("server"));
