// Taking in parcels and crates, taking back what readers return.

const SAME_WITHIN = 5 * 60 * 1000;
const LAST_DIGITS = 4;
const CRATE_LONG = 6;
const COUNT = /^\d{1,4}$/;

export function taking({ page, kept, codes, keep, sayKept }) {
  const { refuse, tell, word } = page;
  const lately = new Map();

  // How many were counted in a crate, where somebody did; null for anything else, undefined where it is no number.
  function countOf(typed, tag) {
    const counted = typed.trim();
    if (!counted || tag.length !== CRATE_LONG) {
      return null;
    }
    return COUNT.test(counted) ? Number(counted) : undefined;
  }

  async function takeIn(typed, _act, typedCount = "") {
    const tag = codes.asCode(typed);
    if (!codes.isTag(tag)) {
      return refuse(word(tag ? "not-a-tag" : "tag-missing"));
    }
    const counted = countOf(typedCount, tag);
    if (counted === undefined) {
      return refuse(word("not-a-count"));
    }
    const parcel = kept.parcels().get(tag);
    const number = parcel ? parcel.shelf_number : null;
    if (parcel && parcel.state === "here") {
      tell("warn", word("taken-in-already", { number }), { number });
    } else if (parcel && parcel.state === "back") {
      tell("warn", word("goes-back"));
    } else if (kept.awaits("receive", tag)) {
      tell("warn", word("twice"));
    } else {
      const inside = kept.inCrate(tag);
      const key = await keep("receive", tag, { number, counted });
      return sayKept(key, () => sayTakenIn(tag, number, inside, key));
    }
    return true;
  }

  function sayTakenIn(tag, number, inside, key) {
    if (number !== null) {
      tell("good", word("taken-in", { number }), { number, key });
    } else if (inside.length) {
      const numbers = inside.map((parcel) => parcel.shelf_number).join(", ");
      tell("good", word("crate-taken-in", { n: inside.length, numbers }), { key });
    } else {
      const isCrate = tag.length === CRATE_LONG;
      tell(isCrate ? "good" : "warn", word(isCrate ? "crate-kept" : "unknown-here"), { key });
    }
  }

  async function takeBack(typed) {
    const barcode = typed.trim();
    if (!barcode || kept.parcels().has(codes.asCode(barcode))) {
      return refuse(word(barcode ? "tag-not-barcode" : "barcode-missing"));
    }
    if (Date.now() - (lately.get(barcode) || -SAME_WITHIN) < SAME_WITHIN) {
      tell("warn", word("twice"));
      return true;
    }
    const key = await keep("return", barcode, { shown: word("ends-in", { digits: barcode.slice(-LAST_DIGITS) }) });
    if (key) {
      lately.set(barcode, Date.now());
    }
    return sayKept(key, () => tell("good", word("returned"), { key }));
  }

  return { receive: takeIn, return: takeBack };
}
