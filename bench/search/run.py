"""Measure search on the invented catalogue beside Tantivy and Zebra; `make bench` and `make bench SIZE=1000000`.

    python -m bench.search.run [TITLES] [--seed N] [--folder PATH] [--only PART ...] [--sides SIDE ...] [--held-out]

Parts: hits, one, open, suggest, fresh. Sides: ours, page, tantivy, zebra. Writes only into the folder, and into the
database, which should be its own.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

from bench.search import generate

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bench.search.queries import Search
    from bench.search.rows import Folder

PARTS = ("hits", "one", "open", "suggest", "fresh")
SIDES = ("ours", "page", "tantivy", "zebra")
REPETITIONS = 3
RATE, SECONDS = 50.0, 20.0
PAGE_RATE = 30.0  # whole pages a second, of which two cores cannot make fifty
GOAL_P95 = 50.0  # ms, one client and at fifty searches a second
GOAL_SUGGEST = 50.0
CHECKED = ("title", "typo", "ISBN")


def main(arguments: list[str]) -> int:
    parser = generate.parser()
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--sides", nargs="+", choices=SIDES, default=SIDES)
    parser.add_argument("--held-out", action="store_true", help="with the searches on which nothing was tuned")
    options = parser.parse_args(arguments)
    generate.set_up()
    folder = generate.make_files(options.size, options.seed, options.folder)
    from bench.search import load  # noqa: PLC0415  needs the set-up

    try:
        load.load(folder, generate.catalogue_name(options.size, options.seed), generate.ROOT)
    except load.OtherCatalogue as refusal:
        print(refusal)
        return 1
    load.rebuild_search(folder)
    load.be_ready()
    return Run(folder, options).all()


class Run:
    """One run over everything."""

    def __init__(self, folder: Folder, options: Any) -> None:
        from bench.search import queries, tantivy_side, zebra_side  # noqa: PLC0415  need the set-up
        from bench.search.our_side import OurPage, OurSide  # noqa: PLC0415  as above

        self.folder, self.seed, self.parts = folder, options.seed, options.only
        name = queries.HELD_OUT if options.held_out else queries.TUNED
        self.searches: list[Search] = queries.make_searches(folder, options.seed, name)
        self.prefixes = queries.prefixes(self.searches, options.seed)
        self.tantivy, self.zebra = tantivy_side, zebra_side
        self.makers: dict[str, Any] = {}
        if "ours" in options.sides:
            self.makers["ours"] = OurSide
        if "page" in options.sides:
            self.makers["ours, page"] = OurPage
        self.server = None
        print(f"\n{folder.path.name}: {len(self.searches)} searches ({name})")
        self._tell_ours()
        if "tantivy" in options.sides:
            self._add_tantivy(folder.path / "tantivy")
        if "zebra" in options.sides:
            self._add_zebra(folder.path / "zebra")

    def all(self) -> int:
        """Run the parts; return 0 when the goals are reached."""
        try:
            reached = [getattr(self, f"_{part}")() for part in PARTS if part in self.parts]
        finally:
            if self.server is not None:
                self.server.stop()
        return 0 if all(reached) else 1

    def _tell_ours(self) -> None:
        from bench.search.load import table_sizes  # noqa: PLC0415  needs the set-up

        for name, size in table_sizes():
            print(f"  {name:<28}{size / 1e6:>9.0f} MB")

    def _add_tantivy(self, place: Path) -> None:
        took = self.tantivy.build(self.folder, place)
        note = f", built in {took:.0f} s" if took else ""
        print(f"  {'Tantivy':<28}{self.tantivy.size(place) / 1e6:>9.0f} MB{note}")
        self.makers["Tantivy"] = lambda: self.tantivy.TantivySide(place)

    def _add_zebra(self, place: Path) -> None:
        if lacking := self.zebra.missing():
            print(f"  {lacking}")
            return
        took = self.zebra.build(self.folder, place)
        note = f", built in {took:.0f} s" if took else ""
        print(f"  {'Zebra':<28}{self.zebra.size(place) / 1e6:>9.0f} MB{note}")
        self.server = self.zebra.Server(place)
        self.makers["Zebra"] = lambda: self.zebra.ZebraSide(self.server, has_facets=True)
        self.makers["Zebra, no facets"] = lambda: self.zebra.ZebraSide(self.server, has_facets=False)

    def _hits(self) -> bool:
        """Tell how often what was meant comes first, and how many searches find nothing."""
        from catalog.keys import title_key  # noqa: PLC0415  needs the set-up

        keys = {int(row.id): title_key(row.title) for row in self.folder.titles()}
        print("\nwhat was meant comes first; searches that find nothing")
        for name, make in self.makers.items():
            if name in ("ours, page", "Zebra, no facets"):
                continue
            side = make()
            first, asked, nothing = dict.fromkeys(CHECKED, 0), dict.fromkeys(CHECKED, 0), 0
            for one in self.searches:
                answer = side.search(one.text)
                nothing += not answer.count
                if not (one.key or one.title_id):
                    continue
                asked[one.kind] += 1
                best = answer.title_ids[0] if answer.title_ids else 0
                first[one.kind] += best == one.title_id if one.title_id else keys.get(best) == one.key
            told = "".join(f"{kind} {first[kind]} of {asked[kind]}   " for kind in CHECKED)
            print(f"  {name:<26}{told}nothing {nothing} of {len(self.searches)}")
        return True

    def _one(self) -> bool:
        """Tell the times of one client, turn by turn, and how we stand beside the others."""
        from bench.search.measure import HEADING, one_client, times_of  # noqa: PLC0415  needs the set-up

        sides = [make() for make in self.makers.values()]
        for side in sides:
            side.search(self.searches[0].text)
        taken = one_client(sides, self.searches, REPETITIONS, self.seed)
        print(f"\none client, {REPETITIONS} times each search\n{HEADING}")
        all_times = {name: times_of([each for _one, each in own]) for name, own in taken.items()}
        for name, times in all_times.items():
            print(times.line(name))
        for name, times in all_times.items():
            if name not in ("ours", "ours, page") and "ours" in all_times:
                ours = all_times["ours"]
                print(f"  ours / {name}: p50 {ours.p50 / times.p50:.2f}, p95 {ours.p95 / times.p95:.2f}")
        kinds = list(dict.fromkeys(one.kind for one in self.searches))
        print(f"\nby kind, p50 / p95 in ms\n{'':<14}" + "".join(f"{name:>20}" for name in taken))
        for kind in kinds:
            own = [times_of([each for one, each in taken[name] if one.kind == kind]) for name in taken]
            print(f"{kind:<14}" + "".join(f"{f'{each.p50:.1f} / {each.p95:.1f}':>20}" for each in own))
        if "ours" not in taken:
            return True
        self._slowest(taken["ours"])
        return _goal("p95 of one client", all_times["ours"].p95, GOAL_P95)

    def _slowest(self, taken: Sequence[tuple[Search, float]]) -> None:
        worst: dict[tuple[str, str], list[float]] = {}
        for one, each in taken:
            worst.setdefault((one.kind, one.text), []).append(each)
        ordered = sorted(worst.items(), key=lambda item: -sorted(item[1])[len(item[1]) // 2])
        print("our slowest (middle of the repetitions)")
        for (kind, text), own in ordered[:8]:
            print(f"  {sorted(own)[len(own) // 2]:>8.1f}  {kind}: {text}")

    def _open(self) -> bool:
        """Tell the times when searches come by themselves."""
        from bench.search.measure import HEADING, WORKERS, OpenLoad, times_of  # noqa: PLC0415  needs the set-up

        texts = [one.text for one in self.searches]
        print(f"\n{RATE:.0f} searches a second ({PAGE_RATE:.0f} pages), {SECONDS:.0f} s, {WORKERS} workers\n{HEADING}")
        p95 = 0.0
        for name, make in self.makers.items():
            rate = PAGE_RATE if name == "ours, page" else RATE
            load = OpenLoad(make, texts, rate, SECONDS, self.seed)
            load.start()
            times = times_of(load.wait())
            p95 = times.p95 if name == "ours" else p95
            print(times.line(name))
        return _goal(f"p95 at {RATE:.0f} a second", p95, GOAL_P95)

    def _suggest(self) -> bool:
        """Tell the times of suggestions by how much has been typed."""
        from bench.search.measure import HEADING, times_of  # noqa: PLC0415  needs the set-up

        print(f"\nsuggestions, by letters typed\n{HEADING}")
        sides = [make() for name, make in self.makers.items() if name in ("ours", "Tantivy")]
        taken: dict[str, dict[int, list[float]]] = {side.name: {} for side in sides}
        for _round in range(REPETITIONS):
            for text in self.prefixes:
                for side in sides:
                    started = time.perf_counter()
                    side.suggest(text)
                    took = (time.perf_counter() - started) * 1000
                    taken[side.name].setdefault(len(text), []).append(took)
        worst = 0.0
        for name, by_length in taken.items():
            for length, own in sorted(by_length.items()):
                print(times_of(own).line(f"{name}, {length}"))
            times = times_of([each for own in by_length.values() for each in own])
            worst = times.p95 if name == "ours" else worst
            print(times.line(f"{name}, all"))
        return _goal("p95 of suggestions", worst, GOAL_SUGGEST)

    def _fresh(self) -> bool:
        """Tell how soon a change is found while others search."""
        from bench.search.freshness import TARGET, freshness  # noqa: PLC0415  needs the set-up
        from bench.search.measure import times_of  # noqa: PLC0415  as above

        seconds, others = freshness([one.text for one in self.searches], RATE, self.seed)
        print(f"\nuntil search knows, while {RATE:.0f} searches a second go on")
        for name, own in seconds.items():
            ordered = sorted(own)
            print(
                f"  {name:<26}{len(own):>4} times, middle {ordered[len(own) // 2]:.2f} s, longest {ordered[-1]:.2f} s"
            )
        print(times_of(others).line("  others' searches"))
        longest = max(max(own) for own in seconds.values())
        return _goal("longest until found, s", longest, TARGET)


def _goal(name: str, value: float, goal: float) -> bool:
    is_reached = value <= goal
    print(f"  goal: {name} at most {goal:.0f}: {value:.1f}, {'reached' if is_reached else 'MISSED'}")
    return is_reached


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
