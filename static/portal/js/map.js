// The map of points: Leaflet in the place of the drawing, pins made of the lines of the list, each leading to the other.
// Without this file the drawing stays, with its pins as links. What is on the map is always what is in the list.
(() => {
  "use strict";

  const SVG = "http://www.w3.org/2000/svg";
  const APART = 38; // pixels between two pins, so that each can be hit; those closer together become one
  const CLOSE_ENOUGH = 14; // the zoom at which a line of the list is shown
  const CLOSEST = { drawing: 15, tiles: 18 }; // the drawing has nothing to show from nearer
  const NAMES = { near: 1500, close: 3200 }; // from this width of the drawing on, in pixels, stations have names
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  const wide = window.matchMedia("(min-width: 992px)");

  let section = null; // the page's part that holds the map; new after each swap
  let frame = null; // Leaflet's element; one for the life of the page
  let map = null;
  let drawing = null;
  let pins = null;
  let points = [];
  let chosen = "";
  let focusOn = ""; // the point whose pin gets the focus at the next drawing

  const rowOf = (code) => document.getElementById(`punto-${code}`);
  const svgElement = (name, attributes) => {
    const element = document.createElementNS(SVG, name);
    Object.entries(attributes).forEach(([key, value]) => element.setAttribute(key, value));
    return element;
  };

  function readPoints() {
    points = [...document.querySelectorAll(".ml-point[data-lat]")].map((row) => ({
      code: row.id.replace(/^punto-/, ""),
      at: L.latLng(Number(row.dataset.lat), Number(row.dataset.lon)),
      kind: row.dataset.kind,
      tone: row.dataset.tone,
      name: row.querySelector(".ml-row-title").textContent.trim(),
      state: (row.querySelector(".ml-chip") || { textContent: "" }).textContent.trim(),
    }));
  }

  // --- What lies under the pins

  function bounds() {
    const [south, west, north, east] = section.dataset.bounds.split(",").map(Number);
    return L.latLngBounds([south, west], [north, east]);
  }

  function layGround(original) {
    if (section.dataset.tiles) {
      const credit = document.createElement("span");
      credit.textContent = section.dataset.credit;
      L.tileLayer(section.dataset.tiles, { attribution: credit.innerHTML, maxZoom: 19 }).addTo(map);
      return;
    }
    drawing = svgElement("svg", { viewBox: original.getAttribute("viewBox"), class: "ml-map-drawing", "aria-hidden": "true" });
    drawing.append(original.querySelector("[data-base]").cloneNode(true));
    L.svgOverlay(drawing, bounds()).addTo(map);
  }

  function keepLettersSmall() {
    if (!drawing) {
      return;
    }
    const box = bounds();
    const width = map.latLngToLayerPoint(box.getNorthEast()).x - map.latLngToLayerPoint(box.getSouthWest()).x;
    drawing.style.setProperty("--ml-map-unit", drawing.viewBox.baseVal.width / width);
    drawing.classList.toggle("is-near", width >= NAMES.near);
    drawing.classList.toggle("is-close", width >= NAMES.close);
  }

  // --- Pins

  function grouped() {
    const groups = [];
    const ordered = [...points].sort((one, other) => (other.code === chosen) - (one.code === chosen) || (other.kind === "branch") - (one.kind === "branch"));
    ordered.forEach((point) => {
      const xy = map.project(point.at);
      const group = groups.find((one) => one.xy.distanceTo(xy) < APART);
      if (group) {
        group.members.push(point);
      } else {
        groups.push({ xy, members: [point] });
      }
    });
    return groups;
  }

  function pinOf(point) {
    const pin = svgElement("svg", { class: `ml-pin is-${point.tone}`, viewBox: "-16 -16 32 32", "aria-hidden": "true", focusable: "false" });
    pin.append(
      svgElement("use", { href: `#shape-${point.kind}`, x: -16, y: -16, width: 32, height: 32 }),
      svgElement("use", { href: `${section.dataset.icons}#${point.kind}`, x: -8.5, y: -8.5, width: 17, height: 17 }),
    );
    return pin;
  }

  function badgeOf(members) {
    const badge = document.createElement("span");
    badge.className = "ml-pin-group";
    badge.textContent = members.length;
    return badge;
  }

  function markerOf({ members }) {
    const [first] = members;
    const isGroup = members.length > 1;
    const label = isGroup ? section.dataset.wordsGroup.replace("NUMBER", members.length) : [first.name, first.state].filter(Boolean).join(", ");
    const marker = L.marker(first.at, {
      icon: L.divIcon({
        className: `ml-pin-icon${first.code === chosen ? " is-chosen" : ""}`,
        html: isGroup ? badgeOf(members) : pinOf(first),
        iconSize: [36, 36],
        popupAnchor: [0, -14],
      }),
      riseOnHover: true,
      zIndexOffset: first.code === chosen ? 1000 : 0,
    });
    marker.on("add", () => {
      marker.getElement().setAttribute("aria-label", label);
      marker.getElement().dataset.codes = members.map((point) => point.code).join(" ");
    });
    const act = () => (isGroup ? comeCloser(members) : choose(first.code));
    marker.on("click", act);
    marker.on("keypress", ({ originalEvent }) => {
      if (originalEvent.key === "Enter" || originalEvent.key === " ") {
        originalEvent.preventDefault();
        act();
      }
    });
    return marker;
  }

  function draw() {
    const active = frame.contains(document.activeElement) && document.activeElement.dataset.codes;
    const wanted = focusOn || (active || "").split(" ")[0];
    focusOn = "";
    pins.clearLayers();
    grouped().forEach((group) => pins.addLayer(markerOf(group)));
    const again = wanted && elementOf(wanted);
    if (again) {
      again.focus({ preventScroll: true });
    }
  }

  const elementOf = (code) => [...frame.querySelectorAll(".ml-pin-icon")].find((one) => one.dataset.codes.split(" ").includes(code));

  // --- From pin to line, from line to pin

  function comeCloser(members) {
    const around = L.latLngBounds(members.map((point) => point.at));
    const zoom = Math.min(map.getBoundsZoom(around.pad(0.2)), map.getMaxZoom());
    if (zoom <= map.getZoom() || around.getNorthEast().equals(around.getSouthWest(), 0.00005)) {
      openPopup(members[0].at, members);
      return;
    }
    focusOn = members[0].code;
    map.setView(around.getCenter(), zoom, { animate: !calm });
  }

  function mark(code) {
    document.querySelectorAll(".ml-point.is-chosen").forEach((row) => {
      row.classList.remove("is-chosen");
      row.removeAttribute("aria-current");
    });
    chosen = code;
    const row = code && rowOf(code);
    if (row) {
      row.classList.add("is-chosen");
      row.setAttribute("aria-current", "true");
    }
    return row;
  }

  function choose(code) {
    const point = points.find((one) => one.code === code);
    const row = mark(code);
    draw();
    openPopup(point.at, [point]);
    if (wide.matches && row) {
      row.scrollIntoView({ block: "center", behavior: calm ? "auto" : "smooth" });
    }
  }

  function cardOf(point) {
    const row = rowOf(point.code);
    const card = document.createElement("div");
    const name = document.createElement("p");
    const link = row.querySelector(".ml-row-title a").cloneNode(true);
    const there = document.createElement("a");
    const chip = row.querySelector(".ml-chip");
    name.append(link);
    there.href = `#${row.id}`;
    there.textContent = section.dataset.wordsList;
    there.addEventListener("click", (event) => {
      event.preventDefault();
      map.closePopup();
      mark(point.code);
      row.scrollIntoView({ block: "center" });
      row.querySelector("a").focus({ preventScroll: true });
    });
    card.append(name, ...(chip ? [chip.cloneNode(true)] : []), document.createElement("br"), there);
    return card;
  }

  function openPopup(at, members) {
    let content = cardOf(members[0]);
    if (members.length > 1) {
      content = document.createElement("ul");
      members.forEach((point) => {
        const item = document.createElement("li");
        item.append(cardOf(point));
        content.append(item);
      });
    }
    const popup = L.popup({ offset: [0, -12], maxWidth: 260, maxHeight: 260 }).setLatLng(at).setContent(content);
    map.openPopup(popup);
    popup.getElement().querySelector(".leaflet-popup-close-button").setAttribute("aria-label", section.dataset.wordsClose);
    content.querySelector("a").focus({ preventScroll: true });
    focusOn = "";
  }

  function showOnMap(code) {
    const point = points.find((one) => one.code === code);
    if (!point) {
      return;
    }
    mark(code);
    section.scrollIntoView({ block: "nearest" });
    map.setView(point.at, Math.max(map.getZoom(), CLOSE_ENOUGH), { animate: false });
    focusOn = code;
    draw();
  }

  // --- Putting it in the page

  function build() {
    frame = document.createElement("div");
    frame.className = "ml-map-live";
    frame.setAttribute("role", "group");
    frame.setAttribute("aria-label", section.dataset.wordsMap);
  }

  function start() {
    map = L.map(frame, {
      attributionControl: Boolean(section.dataset.tiles),
      fadeAnimation: false, // half-faded words cannot be read
      markerZoomAnimation: !calm,
      maxBounds: bounds().pad(0.5),
      maxZoom: section.dataset.tiles ? CLOSEST.tiles : CLOSEST.drawing,
      minZoom: 10,
      scrollWheelZoom: false, // the page scrolls; with the map in hand the wheel zooms
      zoomAnimation: !calm,
      zoomControl: false,
      zoomSnap: 0.25,
    });
    L.control.zoom({ zoomInTitle: section.dataset.wordsIn, zoomOutTitle: section.dataset.wordsOut }).addTo(map);
    if (map.attributionControl) {
      map.attributionControl.setPrefix(false);
    }
    pins = L.layerGroup().addTo(map);
    map.on("focus click", () => map.scrollWheelZoom.enable());
    map.on("blur mouseout", () => map.scrollWheelZoom.disable());
    frame.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && frame.querySelector(".leaflet-popup")) {
        const pin = chosen && elementOf(chosen);
        map.closePopup();
        (pin || frame).focus({ preventScroll: true });
      }
    });
  }

  function look() {
    const inSight = points.length ? L.latLngBounds(points.map((point) => point.at)) : bounds();
    map.fitBounds(inSight, { animate: false, maxZoom: CLOSE_ENOUGH, padding: [28, 28] });
  }

  function place() {
    const found = document.querySelector("[data-map]");
    if (!found || !window.L) {
      return;
    }
    section = found;
    const view = section.querySelector("[data-map-view]");
    const original = section.querySelector("[data-drawing]");
    const isFirst = !frame;
    if (isFirst) {
      build();
    }
    original.classList.add("is-replaced");
    view.append(frame);
    readPoints();
    if (isFirst) {
      start();
      look();
      layGround(original);
      keepLettersSmall();
      map.on("zoomend", () => {
        keepLettersSmall();
        draw();
      });
    } else {
      map.closePopup();
      map.invalidateSize({ animate: false });
      look();
    }
    mark(rowOf(chosen) ? chosen : "");
    draw();
    if (isFirst && window.location.hash.startsWith("#pin-")) {
      showOnMap(window.location.hash.slice("#pin-".length));
    }
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest && event.target.closest(".ml-point-show");
    if (link && map) {
      event.preventDefault();
      showOnMap(link.getAttribute("href").slice("#pin-".length));
    }
  });

  document.addEventListener("htmx:afterSwap", place);
  if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", place);
  } else {
    place();
  }
})();
