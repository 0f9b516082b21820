"""Make the invented catalogue as files and load it.

    python -m bench.search.generate [TITLES] [--seed N] [--folder PATH] [--only-files | --without-search]

There are 1.6 copies for each title. What is made or loaded stays, so a run that was stopped goes on where it was.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
import time
from hashlib import sha256
from pathlib import Path

import django

from bench.search import invent, vocabulary
from bench.search.invent import CHUNK, Chunk, Real, World, make_world
from bench.search.rows import Folder, TitleRow, clean, write

ROOT = Path(__file__).resolve().parent.parent.parent
CATALOGUE, NETWORK = ROOT / "data" / "demo_catalogue.xml", ROOT / "data" / "network.json"
FOLDER = ROOT / ".run" / "bench"
DEFAULT_SIZE, DEFAULT_SEED = 100_000, 1
NAMES = "names-made"  # the last file of the world to be written


def set_up() -> None:
    """Make Django ready, with the settings of the tests where none are named."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "milanolib.settings_test")
    django.setup()


def main(arguments: list[str]) -> int:
    options = parser().parse_args(arguments)
    set_up()
    folder = make_files(options.size, options.seed, options.folder)
    if options.only_files:
        return 0
    from bench.search.load import OtherCatalogue, load, rebuild_search  # noqa: PLC0415  models need the set-up

    try:
        load(folder, catalogue_name(options.size, options.seed), ROOT)
        if not options.without_search:
            rebuild_search(folder)
    except OtherCatalogue as refusal:
        print(refusal)
        return 1
    return 0


def parser() -> argparse.ArgumentParser:
    """Return the arguments that all parts of this benchmark share."""
    made = argparse.ArgumentParser(prog="python -m bench.search.generate")
    made.add_argument("size", nargs="?", type=int, default=DEFAULT_SIZE, help="how many titles")
    made.add_argument("--seed", type=int, default=DEFAULT_SEED)
    made.add_argument("--folder", type=Path, default=FOLDER, help="where the files are kept")
    made.add_argument("--only-files", action="store_true", help="load nothing")
    made.add_argument("--without-search", action="store_true", help="load, and leave search as it is")
    return made


def catalogue_name(size: int, seed: int) -> str:
    """Return what this catalogue is called, in the database and as a folder: another for each change of its sources."""
    sources = (CATALOGUE, NETWORK, *(Path(module.__file__ or "") for module in (invent, vocabulary)))
    digest = sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()
    return f"{size}-{seed}-{digest[:6]}"


def make_files(size: int, seed: int, folder: Path) -> Folder:
    """Make the files that are not there yet and return their folder."""
    path = folder / catalogue_name(size, seed)
    path.mkdir(parents=True, exist_ok=True)
    files = Folder(path)
    missing = [n for n in range(-(-size // CHUNK)) if not files.chunk("copies", n).exists()]
    if not missing and (path / NAMES).exists():
        return files
    started = time.perf_counter()
    world = make_world(size, seed, _branches(), _real())
    write(path / "agents.tsv", world.agents)
    write(path / "subjects.tsv", world.subjects)
    write(path / NAMES, ["agents", "subjects"])
    with multiprocessing.get_context("fork").Pool(min(2, os.cpu_count() or 1), _remember, (world, files)) as pool:
        titles = copies = 0
        for made in pool.imap_unordered(_make_chunk, missing):
            titles, copies = titles + made[0], copies + made[1]
    print(f"made {titles} titles and {copies} copies in {time.perf_counter() - started:.0f} s")
    return files


def _branches() -> list[str]:
    places = json.loads(NETWORK.read_text(encoding="utf-8"))["places"]
    return [one["code"] for one in places if one["kind"] == "branch"]


def _real() -> list[Real]:
    """Return the titles of our demonstrative catalogue, read as an import reads them."""
    from catalog.importing.drafts import prepare  # noqa: PLC0415  needs the set-up
    from catalog.importing.readers import AUTO, open_records  # noqa: PLC0415  as above

    found = []
    with open_records(CATALOGUE, AUTO) as reads:
        for one in reads:
            prepared = prepare(one, "")
            draft = prepared.draft
            given = {name: clean(str(getattr(draft, name))) for name in TitleRow._fields if hasattr(draft, name)}
            given |= {
                "year": str(draft.year or ""),
                "isbns": " ".join(draft.isbns),
                "work_key": prepared.work_key,
                "people": "",
                "subjects": "",
            }
            found.append(Real(
                row=TitleRow(**{name: given.get(name, "") for name in TitleRow._fields}),
                people=[(clean(name), role) for name, _identifier, role in draft.people],
                subjects=[clean(heading) for heading in draft.subjects],
                copies=len(prepared.holdings),
            ))  # fmt: skip
    return found


_shared: list = []


def _remember(world: World, files: Folder) -> None:
    _shared[:] = [world, files]


def _make_chunk(number: int) -> tuple[int, int]:
    world, files = _shared
    chunk = Chunk(world, number)
    titles = chunk.titles()
    copies = chunk.copies(titles)
    write(files.chunk("titles", number), ("\t".join(row) for row in titles))
    write(files.chunk("copies", number), ("\t".join(row) for row in copies))
    return len(titles), len(copies)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
