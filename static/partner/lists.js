// The lists of the page of the day: what comes, what is here, what goes, what was done and what needs a look.

export function lists({ page, kept, codes, panel }) {
  const { all, clockTime, dayOf, fill, find, main, rowOf, word } = page;
  const named = ({ act, what, at }) => word(act === "crate_out" ? "crated" : act, { what, time: clockTime(at) });

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
      kept.saveLog();
      show();
      main.focus();
    });
    return row;
  }

  function showParcels() {
    const rows = Array.from(kept.parcels().values()).sort((one, other) => one.shelf_number - other.shelf_number);
    const returned = kept.returned();
    const counts = { returned: returned.length };
    ["coming", "here", "back"].forEach((state) => {
      const those = rows.filter((parcel) => parcel.state === state);
      counts[state] = those.length;
      fill(state, [...those.map(parcelRow), ...(state === "back" ? returned.map(returnedRow) : [])]);
    });
    counts.back += counts.returned;
    counts.shelf = counts.here + counts.back - counts.returned;
    all("[data-number]").forEach((place) => { place.textContent = counts[place.dataset.number]; });
  }

  function showTroubles() {
    const troubles = kept.log.filter((entry) => entry.tone && entry.tone !== "good" && !entry.isSeen);
    const shown = find("troubles").children.length;
    if (troubles.length || shown) {
      find("troubles").textContent = "";
      find("troubles").append(...troubles.map(troubleRow));
    }
  }

  function showTally() {
    const tally = (kept.day && kept.day.tally) || {};
    all("[data-tally]").forEach((place) => {
      const [when, what] = place.dataset.tally.split(" ");
      place.textContent = tally[when] ? tally[when][what] : "–";
    });
  }

  function showCount() {
    const n = kept.waiting.length;
    find("count").textContent = n ? word(n === 1 ? "one-waits" : "some-wait", { n }) : "";
    find("send").hidden = n === 0;
  }

  function show() {
    const { day } = kept;
    showParcels();
    fill("done", kept.log.map(doneRow));
    showTroubles();
    showTally();
    if (day) {
      find("place").textContent = day.place;
      find("as-of").textContent = word("as-of", { time: clockTime(day.asOf) });
      find("title").textContent = panel === "home" ? day.place : word(panel);
    } else {
      find("as-of").textContent = "";
    }
    showCount();
  }

  return { show, showCount };
}
