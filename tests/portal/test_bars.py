"""The bars of a card as they are drawn into the page."""

from portal.bars import HEIGHT, QUIET, bars_of


def test_bars_leave_the_blank_at_both_sides_that_scanners_need():
    bars = bars_of("ML12345670")

    assert bars.path.startswith(f"M{QUIET} 0h2v{HEIGHT}h-2z"), "every Code 128 begins with a bar of two"
    assert bars.width == 112 + 2 * QUIET
    assert bars.path.endswith(f"M{bars.width - QUIET - 2} 0h2v{HEIGHT}h-2z"), "and ends with one"
