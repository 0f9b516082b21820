// Suggestions in the search box (the combobox pattern of WAI-ARIA), and the filters beside the results.
// Everything works without this file.
(() => {
  "use strict";

  const WAIT_MS = 120;
  const FEWEST_LETTERS = 2;
  const SAY_AFTER_MS = 400; // when the typing rests: a screen reader is not interrupted at each letter
  const WIDE = window.matchMedia("(min-width: 992px)");

  // --- Suggestions

  function equip(input) {
    const list = document.createElement("ul");
    const known = new Map();
    let offers = [];
    let active = -1;
    let asked = "";
    let waiting = 0;
    let saying = 0;
    let request = null;

    list.id = `${input.id}-offers`;
    list.className = "ml-offers";
    list.hidden = true;
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", input.dataset.suggestName);
    input.parentElement.append(list);
    input.type = "text"; // a search field may not be a combobox
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-expanded", "false");
    input.setAttribute("aria-controls", list.id);

    const isOpen = () => !list.hidden;

    function say(text) {
      window.clearTimeout(saying);
      const live = document.getElementById("live");
      live.textContent = "";
      saying = window.setTimeout(() => { live.textContent = text; }, SAY_AFTER_MS);
    }

    function close() {
      list.hidden = true;
      active = -1;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
    }

    function open() {
      list.hidden = !offers.length;
      input.setAttribute("aria-expanded", String(!list.hidden));
    }

    function mark(number) {
      active = number;
      [...list.children].forEach((option, place) => {
        option.setAttribute("aria-selected", String(place === active));
      });
      if (active < 0) {
        input.removeAttribute("aria-activedescendant");
        return;
      }
      input.setAttribute("aria-activedescendant", list.children[active].id);
      list.children[active].scrollIntoView({ block: "nearest" });
    }

    function option(offer, place) {
      const item = document.createElement("li");
      const kind = document.createElement("span");
      item.id = `${list.id}-${place}`;
      item.setAttribute("role", "option");
      item.setAttribute("aria-selected", "false");
      item.append(`${offer.label} `);
      kind.className = "ml-offer-kind";
      kind.textContent = offer.kind;
      item.append(kind);
      item.addEventListener("click", () => window.location.assign(offer.url));
      return item;
    }

    function show(found) {
      close();
      offers = found;
      list.replaceChildren(...offers.map(option));
      open();
      say(offers.length ? input.dataset.suggestSome.replace("{n}", offers.length) : "");
    }

    function stop() {
      window.clearTimeout(waiting);
      if (request) {
        request.abort();
        request = null;
      }
    }

    async function ask(text) {
      if (known.has(text)) {
        show(known.get(text));
        return;
      }
      const own = new AbortController();
      request = own;
      try {
        const answer = await fetch(`${input.dataset.suggest}?q=${encodeURIComponent(text)}`, {
          headers: { Accept: "application/json" },
          signal: own.signal,
        });
        const found = answer.ok ? (await answer.json()).offers : [];
        if (answer.ok) {
          known.set(text, found);
        }
        if (request === own && document.activeElement === input) {
          show(found);
        }
      } catch {
        // left for a newer question, or the network is away: one searches without suggestions
      }
    }

    input.addEventListener("input", () => {
      const text = input.value.trim().replace(/\s+/g, " ");
      if (text === asked) {
        return;
      }
      asked = text;
      stop();
      if (text.length < FEWEST_LETTERS) {
        show([]);
        return;
      }
      waiting = window.setTimeout(ask, WAIT_MS, text);
    });

    input.addEventListener("keydown", (event) => {
      if (event.isComposing) {
        return;
      }
      if ((event.key === "ArrowDown" || event.key === "ArrowUp") && offers.length) {
        event.preventDefault();
        if (!isOpen()) {
          open();
        }
        const step = event.key === "ArrowDown" ? 1 : -1;
        const places = offers.length + 1; // the field itself is one of the places
        mark(((active + 1 + step + places) % places) - 1);
      } else if (event.key === "Enter" && isOpen() && active >= 0) {
        event.preventDefault();
        window.location.assign(offers[active].url);
      } else if (event.key === "Escape" && isOpen()) {
        event.preventDefault();
        close();
      }
    });

    list.addEventListener("mousedown", (event) => event.preventDefault()); // the focus stays in the field
    input.addEventListener("blur", () => {
      stop();
      close();
    });
    input.form.addEventListener("submit", stop);
  }

  // --- Filters: what lies open stays open when the results change

  const box = () => document.getElementById("filters-box");
  let lay = new Map();
  let focused = "";

  function unfold() {
    if (box() && WIDE.matches) {
      box().open = true;
    }
  }

  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target.id === "found") {
      lay = new Map([...document.querySelectorAll("#found details[id]")].map((one) => [one.id, one.open]));
      focused = document.activeElement ? document.activeElement.id : "";
    }
  });

  document.addEventListener("htmx:afterSwap", () => {
    lay.forEach((isOpen, id) => {
      const one = document.getElementById(id);
      if (one) {
        one.open = isOpen;
      }
    });
    const before = focused && document.getElementById(focused);
    if (lay.size && before && document.activeElement !== before) {
      before.focus(); // htmx could not: it lay folded until now
    }
    lay = new Map();
    focused = "";
  });

  document.documentElement.classList.add("ml-script");
  document.querySelectorAll("input[data-suggest]").forEach(equip);
  unfold();
  WIDE.addEventListener("change", unfold);
})();
