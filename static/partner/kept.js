// What a partner's phone keeps on disk: the parcels of its point, what was not sent, and a short log.

const LOGGED = 60;
const LAST_DIGITS = 4;
const TALLIED = { hand_over: "handed_out", return: "returned" };

export class Kept {
  constructor(queue) {
    this.queue = queue;
    this.day = null; // what the portal said last, with what was done since: {place, parcels, returned, crates, iterations, asOf}
    this.log = []; // the newest first: {key, act, what, at, number, tone, told, isSeen}
    this.waiting = [];
    this.answers = 0; // how many have come: a list that was asked for before one of them is out of date
    this.writing = Promise.resolve();
  }

  write(name, value) {
    this.writing = this.writing.then(() => this.queue.remember(name, value)).catch(() => {});
    return this.writing;
  }

  saveDay() {
    return this.write("day", this.day);
  }

  saveLog() {
    return this.write("log", this.log);
  }

  async readAgain() { // another page of this phone has written
    this.day = await this.queue.recall("day");
    this.log = (await this.queue.recall("log")) || [];
    this.waiting = await this.queue.waiting();
  }

  // The parcels by tag: as the portal said, with what has been done since.
  parcels() {
    const rows = new Map(((this.day && this.day.parcels) || []).map((parcel) => [parcel.tag, parcel]));
    this.waiting.forEach(({ act, content }) => moved(rows, act, content.what));
    return rows;
  }

  // The last digits of what readers gave back and no crate holds yet.
  returned() {
    const known = (this.day && this.day.returned) || [];
    return this.waiting.reduce((digits, { act, content }) => afterwards(digits, act, content.what), known);
  }

  // The parcels that come in a crate, by the number on the tag.
  inCrate(code) {
    const rows = Array.from(this.parcels().values()).filter((one) => one.state === "coming" && one.crate_code === code);
    return rows.sort((one, other) => one.shelf_number - other.shelf_number);
  }

  // What was done today: as the portal said, with what waits to be sent.
  today() {
    const known = this.day && this.day.tally && this.day.tally.today;
    if (!known) {
      return null;
    }
    const rows = this.parcels();
    const came = this.day.parcels.filter(({ tag, state }) => state === "coming" && (rows.get(tag) || {}).state !== state);
    const sum = { ...known, came: known.came + came.length };
    this.waiting.filter(({ act }) => TALLIED[act]).forEach(({ act }) => { sum[TALLIED[act]] += 1; });
    return sum;
  }

  // Whether an act waits to be sent already.
  awaits(act, what) {
    return this.waiting.some((one) => one.act === act && one.content.what === what);
  }

  // Keep an act on disk and in the log; return its key. Rejects where it could not be kept.
  async add(act, content, { shown, number }) {
    const entry = await this.queue.add(act, content);
    if (!this.log.some(({ key }) => key === entry.key)) { // the answer may have been faster
      const told = { number, tone: "", told: "", isSeen: false };
      this.log.unshift({ key: entry.key, act, what: shown, at: entry.at, ...told });
      this.log.length = Math.min(this.log.length, LOGGED);
      await this.saveLog();
    }
    this.waiting = await this.queue.waiting();
    return entry.key;
  }

  // Write an answer beside its act, and return the entry of the log.
  answered({ key, act, at }, result) {
    this.answers += 1;
    let entry = this.log.find((one) => one.key === key);
    if (!entry) {
      entry = { key, act, what: "", at, number: result.shelf_number, isSeen: false };
      this.log.unshift(entry);
    }
    Object.assign(entry, { tone: result.tone || "warn", told: result.told || "", detail: result.detail });
    if (this.day) {
      const rows = new Map(this.day.parcels.map((parcel) => [parcel.tag, parcel]));
      const { what } = (this.waiting.find((one) => one.key === key) || { content: {} }).content;
      moved(rows, act, what);
      this.day.parcels = Array.from(rows.values());
      this.day.returned = afterwards(this.day.returned, act, what || "");
      this.saveDay();
    }
    return entry;
  }
}

function afterwards(digits, act, what) {
  const more = act === "return" ? [what.slice(-LAST_DIGITS)] : [];
  return act === "crate_out" ? [] : [...digits, ...more];
}

function moved(rows, act, tag) {
  if (act === "hand_over" || act === "missing") {
    rows.delete(tag);
  } else if (act === "crate_out") {
    rows.forEach((one) => { if (one.state === "back") { rows.delete(one.tag); } });
  } else if (act === "receive") { // of a crate all that is in it
    const came = Array.from(rows.values()).filter((one) => one.state === "coming" && [one.tag, one.crate_code].includes(tag));
    came.forEach((one) => rows.set(one.tag, { ...one, state: "here" }));
  }
}
