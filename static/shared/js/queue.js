// A queue of acts that lives through a network that is away, a tab that is killed, a session that runs out.
//
//   const queue = await openQueue({ name: "desk", send, seal });
//   queue.addEventListener("change", (event) => show(event.detail.waiting));
//   queue.addEventListener("answer", (event) => tell(event.detail.entry, event.detail.result));
//   queue.addEventListener("state", (event) => say(event.detail.state));
//   queue.start();
//   await queue.add("lend", { what: "000000012345", card: "ML12345674" });
//
// What is promised:
// * `add` ends well only when the act is on disk. It has a key of its own for ever, and a number higher than all before.
// * Acts are sent in the order of their numbers, in batches, by one tab at a time, again and again until each has an
//   answer; with the same key each time, so that the server can apply each once. Only an answered act is deleted.
// * Nothing is deleted for any other reason. `wipe` refuses while an act waits.
//
// `send(batch)` gets {sent_at, reports: [{key, seq, act, at, ...what was sealed}]} and returns the server's results, each
// with `key` and `outcome`; "again" keeps the act. When it fails, the `reason` of its error is the queue's state; sending.js
// makes one for a JSON endpoint. `seal(content, {key, act, at})` returns what is stored of the content; without it, the
// content is stored as it is. Only the difference of `sent_at` and `at` counts: a clock that is wrong does no harm.
//
// A plain ES module without dependencies, for Chrome 87 and Safari 14: no private members, no top-level await, no
// crypto.randomUUID; Web Locks and BroadcastChannel only where they are.

const ACTS = "acts";
const FACTS = "facts";
const LAST = "last number";
const LEASE = "lease";
const LEASE_LASTS = 60000; // longer than one request may take
const FIRST_PAUSE = 2000;
const LONGEST_PAUSE = 300000;
const BATCH = 50;
const DONE = ["applied", "repeated", "task"];

export class ActsWait extends Error {
  constructor(count) {
    super(`${count} acts have not been sent`);
    this.name = "ActsWait";
    this.count = count;
  }
}

function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function asked(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function opened(name) {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore(ACTS, { keyPath: "seq" });
      request.result.createObjectStore(FACTS);
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("another tab holds an older store"));
  });
}

// --- What is on disk. Every change is one transaction, and done only when the disk has it.

class Store {
  constructor(database) {
    this.database = database;
    database.onversionchange = () => database.close();
  }

  change(work, mode = "readwrite") {
    return new Promise((resolve, reject) => {
      const transaction = this.database.transaction([ACTS, FACTS], mode, { durability: "strict" });
      let result;
      transaction.oncomplete = () => resolve(result);
      transaction.onabort = () => reject(transaction.error || new Error("not stored"));
      transaction.onerror = (event) => event.preventDefault(); // the abort tells it
      Promise.resolve(work(transaction.objectStore(ACTS), transaction.objectStore(FACTS), transaction)).then(
        (value) => { result = value; },
        (error) => {
          try {
            transaction.abort();
          } catch { /* it has ended by itself */ }
          reject(error);
        },
      );
    });
  }

  read(work) {
    return this.change(work, "readonly");
  }

  // The number is given in the transaction that stores the act: no two tabs give the same one, and none is overtaken.
  // It follows the clock, so that it goes on rising after a wipe, and the last number where the clock was set back.
  keep(entry, now) {
    return this.change(async (acts, facts) => {
      const last = (await asked(facts.get(LAST))) || 0;
      const numbered = { ...entry, seq: Math.max(last + 1, now) };
      await asked(facts.put(numbered.seq, LAST));
      await asked(acts.add(numbered));
      return numbered;
    });
  }

  waiting(most) {
    return this.read((acts) => asked(acts.getAll(undefined, most)));
  }

  count() {
    return this.read((acts) => asked(acts.count()));
  }

  forget(entry) {
    return this.change((acts) => asked(acts.delete(entry.seq)));
  }

  wipe() {
    return this.change(async (acts, facts) => {
      const count = await asked(acts.count());
      if (count) {
        throw new ActsWait(count);
      }
      const last = await asked(facts.get(LAST));
      await asked(facts.clear());
      if (last) {
        await asked(facts.put(last, LAST));
      }
    });
  }

  fact(name) {
    return this.read((_acts, facts) => asked(facts.get(name)));
  }

  setFact(name, value) {
    return this.change((_acts, facts) => asked(facts.put(value, name)));
  }

  // The lock of browsers without Web Locks: a row that runs out by itself when its tab dies.
  takeLease(owner, now) {
    return this.change(async (_acts, facts) => {
      const lease = await asked(facts.get(LEASE));
      const isFree = !lease || lease.owner === owner || lease.until < now || lease.until > now + LEASE_LASTS;
      if (isFree) {
        await asked(facts.put({ owner, until: now + LEASE_LASTS }, LEASE));
      }
      return isFree;
    });
  }

  giveLease(owner) {
    return this.change(async (_acts, facts) => {
      const lease = await asked(facts.get(LEASE));
      if (lease && lease.owner === owner) {
        await asked(facts.delete(LEASE));
      }
    });
  }
}

// --- The queue itself

export class Queue extends EventTarget {
  constructor(store, options) {
    super();
    this.store = store;
    this.name = options.name;
    this.send = options.send;
    this.seal = options.seal || ((content) => content);
    this.owner = newKey();
    this.batch = BATCH;
    this.pause = 0;
    this.timer = null;
    this.state = "idle";
    this.isStarted = false;
    this.isClosed = false;
    this.isFlushing = false;
    this.adding = Promise.resolve();
    this.channel = "BroadcastChannel" in window ? new BroadcastChannel(`queue ${options.name}`) : null;
    this.onOnline = () => { this.pause = 0; this.flush(); };
    this.onSight = () => { if (!document.hidden) { this.flush(); } }; // timers rest in a tab that nobody sees
    this.onTick = (event) => { if (event.key === this.tick()) { this.tellChange(); } };
    if (this.channel) {
      this.channel.onmessage = (event) => this.heard(event.data);
    }
    window.addEventListener("storage", this.onTick);
  }

  // Store an act and return it with its key, number and time. What it says is sealed before it touches the disk.
  add(act, content) {
    const at = new Date();
    const stored = this.adding.then(() => this.addNow(act, content, at)); // in the order in which they were asked
    this.adding = stored.catch(() => {});
    return stored;
  }

  async addNow(act, content, at) {
    const head = { key: newKey(), act, at: at.toISOString() };
    const entry = await this.store.keep({ ...head, content: await this.seal(content, head) }, at.getTime());
    this.changed();
    if (this.isStarted && !this.timer) {
      this.flush();
    }
    return entry;
  }

  // What has not been sent, in the order of its numbers; sealed, if it was.
  waiting(most) {
    return this.store.waiting(most);
  }

  recall(name) {
    return this.store.fact(`fact ${name}`);
  }

  remember(name, value) {
    return this.store.setFact(`fact ${name}`, value);
  }

  // Forget everything but the last number. Throws ActsWait while an act has not been sent.
  async wipe() {
    await this.adding;
    await this.store.wipe();
    this.post({ kind: "wiped" });
    this.dispatch("wiped", {});
    this.changed();
  }

  start() {
    if (!this.isStarted) {
      this.isStarted = true;
      window.addEventListener("online", this.onOnline);
      document.addEventListener("visibilitychange", this.onSight);
      if (navigator.storage && navigator.storage.persist) {
        navigator.storage.persist().catch(() => {}); // asked, not needed: a full disk should take other things first
      }
      this.tellChange();
    }
    return this.flush();
  }

  // Send nothing more and hear nothing more; what waits stays on disk.
  stop() {
    this.isStarted = false;
    this.isClosed = true;
    window.removeEventListener("online", this.onOnline);
    document.removeEventListener("visibilitychange", this.onSight);
    window.removeEventListener("storage", this.onTick);
    clearTimeout(this.timer);
    this.timer = null;
    if (this.channel) {
      this.channel.close();
      this.channel = null;
    }
  }

  // Send what waits, now. Ends when nothing waits any more, when it cannot go on, or when another tab is sending.
  async flush() {
    if (this.isFlushing) {
      this.isAskedAgain = true;
      return;
    }
    this.isFlushing = true;
    clearTimeout(this.timer);
    this.timer = null;
    try {
      do {
        this.isAskedAgain = false;
        await this.aloneOrLater(() => this.sendAll());
      } while (this.isAskedAgain && !this.timer);
    } catch (error) {
      this.later(error);
    } finally {
      this.isFlushing = false;
    }
  }

  async aloneOrLater(work) {
    if (navigator.locks) {
      const alone = (lock) => (lock ? work() : this.elsewhere());
      await navigator.locks.request(`queue ${this.name}`, { ifAvailable: true }, alone);
    } else if (await this.store.takeLease(this.owner, Date.now())) {
      try {
        await work();
      } finally {
        await this.store.giveLease(this.owner);
      }
    } else {
      this.elsewhere();
    }
  }

  // Another tab sends. If it dies half-way, its lock is free and somebody must go on.
  elsewhere() {
    this.setState("elsewhere");
    this.schedule(FIRST_PAUSE);
  }

  async sendAll() {
    for (;;) {
      const entries = await this.store.waiting(this.batch);
      if (!entries.length) {
        this.pause = 0;
        this.setState("idle");
        return;
      }
      this.setState("sending");
      if (!navigator.locks) {
        await this.store.takeLease(this.owner, Date.now()); // for as long as this batch may take
      }
      const isComplete = await this.sendBatch(entries);
      if (!isComplete) {
        throw Object.assign(new Error("some are to be sent again"), { reason: "server" });
      }
      this.pause = 0;
    }
  }

  async sendBatch(entries) {
    const reports = entries.map(({ content, ...head }) => ({ ...content, ...head }));
    let results;
    try {
      results = await this.send({ sent_at: new Date().toISOString(), reports });
    } catch (error) {
      if (error.reason === "too-large" && this.batch > 1) {
        this.batch = Math.ceil(Math.min(this.batch, entries.length) / 2);
        return true; // the next round is smaller
      }
      throw error;
    }
    const byKey = new Map(results.map((result) => [result.key, result]));
    let isComplete = true;
    for (const entry of entries) {
      const result = byKey.get(entry.key);
      if (result && DONE.includes(result.outcome)) {
        await this.store.forget(entry);
        this.answered(entry, result);
      } else {
        isComplete = false;
      }
    }
    this.changed();
    return isComplete;
  }

  answered(entry, result) {
    const { content, ...head } = entry;
    this.post({ kind: "answer", entry: head, result });
    this.dispatch("answer", { entry: head, result });
  }

  later(error) {
    const reason = (error && error.reason) || "server";
    this.pause = Math.min(this.pause ? this.pause * 2 : FIRST_PAUSE, LONGEST_PAUSE);
    const after = Math.max(this.pause * (0.75 + Math.random() / 2), (error && error.after) || 0);
    this.setState(reason, after);
    this.schedule(after);
  }

  schedule(after) {
    clearTimeout(this.timer);
    this.timer = this.isStarted ? setTimeout(() => { this.timer = null; this.flush(); }, after) : null;
  }

  setState(state, after) {
    this.state = state;
    this.dispatch("state", { state, after: after || 0 });
  }

  // --- Telling this tab and the others

  dispatch(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  tick() {
    return `queue ${this.name} changed`;
  }

  post(message) {
    if (this.isClosed) {
      return;
    }
    if (this.channel) {
      this.channel.postMessage(message);
    } else {
      try {
        localStorage.setItem(this.tick(), String(Date.now())); // says that, never what
      } catch { /* then the other tab sees it when it is looked at */ }
    }
  }

  heard(message) {
    if (message.kind === "answer") {
      this.dispatch("answer", { entry: message.entry, result: message.result });
    } else if (message.kind === "wiped") {
      this.dispatch("wiped", {});
    }
    this.tellChange();
  }

  changed() {
    this.post({ kind: "change" });
    return this.tellChange();
  }

  async tellChange() {
    try {
      this.dispatch("change", { waiting: await this.store.count() });
    } catch { /* the store was closed under us: the next call says so */ }
  }
}

// Open, or make, the queue of this name in this browser. Rejects where nothing can be stored.
export async function openQueue(options) {
  return new Queue(new Store(await opened(options.name)), options);
}
