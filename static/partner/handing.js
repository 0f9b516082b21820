// Handing out by code. Each guess is counted before it is tried, so that closing the page does not undo it.

const CODE_PATIENCE = 6000;
const REFUSED = 422;
const SETTLES = 700; // the second press of a double one, where another button was, hands nothing over

export const WRONG_ALLOWED = 5;

export function handing({ page, kept, codes, sending, look, failed, keep, sayKept, sign }) {
  const { announce, find, main, refuse, tell, word } = page;
  const { notSent, readJson, reached } = sending;
  let found = null;

  async function askPortal(code) {
    const patience = new Promise((_resolve, reject) => {
      setTimeout(() => reject(notSent("offline")), CODE_PATIENCE);
    });
    const token = await Promise.race([look(), patience]);
    const asked = reached(main.dataset.find, {
      method: "POST",
      headers: { "Content-Type": "application/x-www-form-urlencoded", "X-CSRFToken": token },
      body: new URLSearchParams({ code }),
    });
    const response = await Promise.race([asked, patience]);
    return response.status === REFUSED ? { refusal: await response.json() } : { parcel: await readJson(response) };
  }

  async function findParcel(typed) {
    const code = codes.asCode(typed);
    if (!codes.isCode(code)) {
      return codes.isCard(typed) ? askForCard(codes.asCard(typed)) : refuse(word("not-a-code"));
    }
    if (kept.parcels().has(code)) { // a slip, not a guess
      return refuse(word("tag-not-code"));
    }
    find("told-box").hidden = true;
    announce(word("looking"));
    const wrong = (await kept.queue.recall("wrong")) || 0;
    await kept.write("wrong", Math.min(wrong + 1, WRONG_ALLOWED));
    const known = Array.from(kept.parcels().values()).filter((parcel) => parcel.state === "here" && parcel.digest);
    const canTry = wrong < WRONG_ALLOWED && kept.day && crypto.subtle;
    const parcel = canTry ? await codes.parcelOf(code, known, kept.day.iterations) : null;
    if (parcel) {
      await kept.write("wrong", 0);
      return offer(parcel);
    }
    try {
      const { parcel: there, refusal } = await askPortal(code);
      if (!there) {
        return refuse(refusal.detail);
      }
      await kept.write("wrong", 0);
      return offer(there);
    } catch (error) {
      await failed(error.reason || "server");
      return refuse(word(wrong + 1 >= WRONG_ALLOWED ? "codes-rest" : "wrong-code"));
    }
  }

  // Of a card the phone keeps nothing: the portal alone knows whose it is, and counts the wrong ones.
  async function askForCard(card) {
    try {
      const { parcel, refusal } = await askPortal(card);
      return parcel ? offer(parcel) : refuse(refusal.detail);
    } catch (error) {
      await failed(error.reason || "server");
      return refuse(word("card-needs-signal"));
    }
  }

  function offer(parcel) {
    found = parcel;
    find("told-box").hidden = Boolean(parcel);
    document.querySelector("[data-form=find]").hidden = Boolean(parcel);
    find("found").hidden = !parcel;
    if (parcel) {
      find("hand-over").setAttribute("aria-disabled", "true"); // not `disabled`: Tab would pass by it
      setTimeout(() => find("hand-over").removeAttribute("aria-disabled"), SETTLES);
      find("found-number").textContent = parcel.shelf_number;
      find("found-tag").textContent = codes.inFours(parcel.tag);
      find("found-box").focus();
      announce(find("found-box").textContent);
      sign("good");
    } else {
      document.querySelector("#find").focus();
    }
    return true;
  }

  find("hand-over").addEventListener("click", async (event) => {
    const parcel = found;
    const isSecondTap = event.detail > 0 && find("hand-over").hasAttribute("aria-disabled"); // a key has no detail
    if (!parcel || isSecondTap) {
      return;
    }
    found = null;
    const number = parcel.shelf_number;
    const key = await keep("hand_over", parcel.tag, { number });
    if (!key) {
      found = parcel;
      return;
    }
    offer(null);
    sayKept(key, () => tell("good", word("handed-over", { number }), { key }));
  });

  find("not-now").addEventListener("click", () => {
    offer(null);
    find("told-box").hidden = true;
  });

  return { find: findParcel };
}
