// What a partner's phone keeps on disk: the parcels of its point, what was not sent, and a short log.

const LOGGED = 60;

export class Kept {
  constructor(queue) {
    this.queue = queue;
    this.day = null; // what the portal said last, with what was done since: {place, parcels, returned, iterations, asOf}
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

  // The last digits of what is for the driver beside the parcels.
  returned() {
    return this.waiting.some(({ act }) => act === "crate_out") ? [] : (this.day && this.day.returned) || [];
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
    Object.assign(entry, { tone: result.tone || "warn", told: result.told || "" });
    if (this.day) {
      const rows = new Map(this.day.parcels.map((parcel) => [parcel.tag, parcel]));
      moved(rows, act, (this.waiting.find((one) => one.key === key) || { content: {} }).content.what);
      this.day.parcels = Array.from(rows.values());
      this.day.returned = act === "crate_out" ? [] : this.day.returned;
      this.saveDay();
    }
    return entry;
  }
}

function moved(rows, act, tag) {
  const parcel = rows.get(tag);
  if (act === "hand_over" || act === "missing") {
    rows.delete(tag);
  } else if (act === "crate_out") {
    rows.forEach((one) => { if (one.state === "back") { rows.delete(one.tag); } });
  } else if (act === "receive" && parcel && parcel.state === "coming") {
    rows.set(tag, { ...parcel, state: "here" });
  }
}
