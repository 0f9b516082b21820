// The lists of the page of the day: what comes, what is here, what goes, what was done and what needs a look.

export function lists({ page, kept, codes, panel }) {
  const { all, dayOf, fill, find, main, momentOf, rowOf, word } = page;
  const named = ({ act, what, at }) => word(act === "crate_out" ? "crated" : act, { what, time: momentOf(at) });

  function parcelRow(parcel) {
    const row = rowOf("parcel");
    find("shelf", row).textContent = parcel.shelf_number;
    find("tag", row).textContent = codes.inFours(parcel.tag);
    find("until", row).textContent = parcel.until ? word("until", { day: dayOf(parcel.until) }) : "";
    return row;
  }

  function forDriverRow(text) {
    const row = rowOf("for-driver");
    find("tag", row).textContent = text;
    return row;
  }

  function forDriver() {
    const crates = (kept.day && kept.day.crates) || [];
    return [
      ...kept.returned().map((digits) => forDriverRow(word("ends-in", { digits }))),
      ...crates.map(({ code, count: n }) => forDriverRow(word("crate-of", { code, n }))),
    ];
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
    const others = forDriver();
    const counts = {};
    ["coming", "here", "back"].forEach((state) => {
      const those = rows.filter((parcel) => parcel.state === state);
      counts[state] = those.length;
      fill(state, [...those.map(parcelRow), ...(state === "back" ? others : [])]);
    });
    counts.shelf = counts.here + counts.back;
    counts.crate = counts.back + kept.returned().length;
    counts.back += others.length;
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
    const tally = { ...(kept.day && kept.day.tally), today: kept.today() };
    all("[data-tally]").forEach((place) => {
      const [when, what] = place.dataset.tally.split(" ");
      place.textContent = tally[when] ? tally[when][what] : "–";
    });
  }

  function showHelp(library) {
    find("help").hidden = !library;
    if (library) {
      find("help-name").textContent = library.name;
      find("help-phone").hidden = !library.phone;
      find("help-phone").textContent = library.phone;
      find("help-phone").href = `tel:${library.phone.replace(/\s/g, "")}`;
    }
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
      find("as-of").textContent = word("as-of", { time: momentOf(day.asOf) });
      find("title").textContent = panel === "home" ? day.place : word(panel);
    } else {
      find("as-of").textContent = "";
    }
    find("own-page").hidden = !(day && day.is_library);
    showHelp(day && day.help);
    showCount();
  }

  return { show, showCount };
}
