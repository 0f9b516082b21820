"""Our own map: every station lies on its lines, in order, at its place."""

import json
from itertools import pairwise

import pytest
from django.conf import settings

from branches.schematic import EAST, HEIGHT, NORTH, SOUTH, WEST, WIDTH, drawn_at, is_drawn, schematic, walks_to_stations

LANDMARKS = json.loads((settings.BASE_DIR / "data" / "landmarks.json").read_text())
LINES = json.loads((settings.BASE_DIR / "data" / "metro_lines.json").read_text())["lines"]


def stations_of(code):
    return {one["name"] for one in LANDMARKS["metro_stations"] if code in one["lines"]}


@pytest.mark.parametrize("line", LINES, ids=lambda line: line["code"])
def test_each_line_calls_at_its_stations_and_at_no_other(line):
    assert {name for track in line["tracks"] for name in track} == stations_of(line["code"])
    assert all(len(set(track)) == len(track) for track in line["tracks"])


@pytest.mark.parametrize("line", LINES, ids=lambda line: line["code"])
def test_a_branch_leaves_from_a_station_of_the_main_track(line):
    main, *branches = line["tracks"]

    assert all(track[0] in main and not set(track[1:]) & set(main) for track in branches)


@pytest.mark.parametrize("line", LINES, ids=lambda line: line["code"])
def test_stations_that_follow_each_other_are_neighbours(line):
    where = {one.name: (one.x, one.y) for one in schematic().stations}
    for track in line["tracks"]:
        for one, other in pairwise(track):
            apart = ((where[one][0] - where[other][0]) ** 2 + (where[one][1] - where[other][1]) ** 2) ** 0.5
            assert apart < WIDTH / 5, f"{one} - {other}"


def test_the_corners_of_the_city_are_the_corners_of_the_drawing():
    assert drawn_at(NORTH, WEST) == (0, 0)
    assert drawn_at(SOUTH, EAST) == (WIDTH, HEIGHT)


def test_the_drawing_keeps_shapes():
    """A kilometre to the east is as long as one to the north."""
    x, y = drawn_at(45.46, 9.19)
    east, north = drawn_at(45.46, 9.19 + 0.01 / 0.7014)[0] - x, y - drawn_at(45.47, 9.19)[1]

    assert abs(east - north) <= 1


def test_what_lies_outside_or_has_no_coordinates_is_not_drawn():
    assert is_drawn(45.4642, 9.19)
    assert not is_drawn(None, None)
    assert not is_drawn(45.9, 9.19)


def test_walks_name_the_nearest_stations_with_their_lines():
    nearest = walks_to_stations(45.4622, 9.1981)[0]  # the central library

    assert (nearest.station, nearest.lines) == ("Sforza-Policlinico", ("M4",))
    assert nearest.minutes <= 8


def test_walks_name_one_station_where_all_are_far():
    assert len(walks_to_stations(45.40, 9.30)) == 1
