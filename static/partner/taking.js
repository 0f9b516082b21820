// Taking in parcels and crates, taking back what readers return.

const SAME_WITHIN = 5 * 60 * 1000;
const LAST_DIGITS = 4;
const CRATE_LONG = 6;

export function taking({ page, kept, codes, keep, sayKept }) {
  const { tell, word } = page;
  const lately = new Map();

  async function takeIn(typed) {
    const tag = codes.asCode(typed);
    if (!codes.isTag(tag)) {
      tell("bad", word(tag ? "not-a-tag" : "tag-missing"));
      return;
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
      const key = await keep("receive", tag, { number });
      sayKept(key, () => sayTakenIn(tag, number, key));
    }
  }

  function sayTakenIn(tag, number, key) {
    if (number !== null) {
      tell("good", word("taken-in", { number }), { number, key });
    } else {
      const isCrate = tag.length === CRATE_LONG;
      tell(isCrate ? "good" : "warn", word(isCrate ? "crate-kept" : "unknown-here"), { key });
    }
  }

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

  return { receive: takeIn, return: takeBack };
}
