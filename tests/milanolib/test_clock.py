"""The one clock: instants in UTC, civil days in Milan; in the demo it can be moved forward."""

import datetime as dt

import pytest
import time_machine

from milanolib import clock


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        ("2026-03-01T22:59:59+00:00", "2026-03-01"),
        ("2026-03-01T23:00:00+00:00", "2026-03-02"),  # midnight in Milan, winter
        ("2026-07-01T21:59:59+00:00", "2026-07-01"),
        ("2026-07-01T22:00:00+00:00", "2026-07-02"),  # summer
        ("2026-03-29T00:59:59+00:00", "2026-03-29"),  # the last second before the hour that is lost
        ("2026-10-25T01:30:00+00:00", "2026-10-25"),  # half past two for the second time
    ],
)
def test_today_is_milans_civil_day(instant, day):
    with time_machine.travel(dt.datetime.fromisoformat(instant), tick=False):
        assert clock.today() == dt.date.fromisoformat(day)
        assert clock.now() == dt.datetime.fromisoformat(instant)
        assert clock.now().tzinfo == dt.UTC


@pytest.mark.parametrize(("day", "hours"), [("2026-03-28", 24), ("2026-03-29", 23), ("2026-10-25", 25)])
def test_a_day_lasts_from_midnight_to_midnight(day, hours):
    day = dt.date.fromisoformat(day)

    length = clock.end_of(day).astimezone(dt.UTC) - clock.start_of(day).astimezone(dt.UTC)

    assert length == dt.timedelta(hours=hours)
    assert clock.end_of(day) == clock.start_of(day + dt.timedelta(days=1))


def test_local_is_wall_time():
    assert f"{clock.local(dt.datetime(2026, 7, 1, 12, tzinfo=dt.UTC)):%H:%M}" == "14:00"


def test_move_forward_moves_all_that_read_the_same_folder(settings, tmp_path, monday):
    settings.DEMO, settings.DEMO_DIR = True, str(tmp_path)
    before = clock.today()

    assert (clock.move_forward(3), clock.move_forward(4)) == (3, 7)
    assert clock.today() == before + dt.timedelta(days=7)


def test_move_forward_never_goes_back(settings, tmp_path):
    settings.DEMO, settings.DEMO_DIR = True, str(tmp_path)

    for days in (0, -1):
        with pytest.raises(RuntimeError):
            clock.move_forward(days)


def test_the_clock_stands_by_the_system_outside_the_demo(settings, tmp_path):
    (tmp_path / "clock").write_text("1000")
    settings.DEMO, settings.DEMO_DIR = False, str(tmp_path)

    assert clock.offset_days() == 0
    with pytest.raises(RuntimeError):
        clock.move_forward(1)


@pytest.mark.parametrize("text", ["", "soon", "1.5"])
def test_a_spoilt_file_moves_nothing(settings, tmp_path, text):
    (tmp_path / "clock").write_text(text)
    settings.DEMO, settings.DEMO_DIR = True, str(tmp_path)

    assert clock.offset_days() == 0
