// What is said of all that lies at the point: the crate for the van, the day's end, a parcel that is wrong.

const COUNT = /^\d{1,4}$/;
const HOUR = 60 * 60 * 1000;

export function shelf({ page, kept, codes, keep, sayKept }) {
  const { clockTime, fill, find, refuse, rowOf, tell, word } = page;
  const form = document.querySelector("[data-form=fault]");

  async function count(act, typed, said) {
    const counted = typed.trim();
    if (!COUNT.test(counted)) {
      return refuse(word("not-a-count"));
    }
    const key = await keep(act, counted, { shown: counted });
    return sayKept(key, () => tell("good", word(said), { key }));
  }

  async function fault(typed, act) {
    const tag = codes.asCode(typed);
    if (!codes.isCode(tag)) {
      return refuse(word(tag ? "not-a-tag" : "tag-missing"));
    }
    if (!act) {
      return refuse(word("why-missing"));
    }
    if (kept.awaits(act, tag)) {
      tell("warn", word("twice"));
      return true;
    }
    const key = await keep(act, tag);
    return sayKept(key, () => tell("good", word("fault-kept"), { key }));
  }

  // The parcels that this phone has handed over within the hour: whose reader may be back at the counter.
  function showLately() {
    const since = Date.now() - HOUR;
    const lately = kept.log.filter(({ act, at }) => act === "hand_over" && new Date(at).getTime() > since);
    fill("lately", lately.map((entry) => {
      const row = rowOf("lately");
      const button = row.querySelector("button");
      const text = word("handed_over_at", { what: entry.what, time: clockTime(entry.at) });
      find("what", row).textContent = entry.number ? `${entry.number} · ${text}` : text;
      button.addEventListener("click", () => {
        form.elements.what.value = entry.what;
        form.elements.act[0].focus();
      });
      return row;
    }));
  }

  showLately();
  return {
    crate_out: (typed) => count("crate_out", typed, "crate-out-kept"),
    count: (typed) => count("count", typed, "count-kept"),
    fault,
  };
}
