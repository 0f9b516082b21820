"""Work of the catalogue that a request does not wait for; a `JobRun` row makes each due time happen once."""

from __future__ import annotations

from catalog import import_runs, saved_searches
from catalog.reading.wishes import forget_old_wishes
from milanolib import clock
from milanolib.celery import app
from outbox.jobs import run_once

LONGEST_IMPORT = 6 * 3600  # seconds


@app.task(name="catalog.daily", ignore_result=True)
def daily() -> None:
    """Once a civil day: tell who asked for it of new titles; forget the files of old imports, old suggestions."""
    day = clock.start_of(clock.today())
    run_once("catalog.tell_news", day, saved_searches.tell_news)
    run_once("catalog.forget_files", day, import_runs.forget_files)
    run_once("catalog.forget_wishes", day, forget_old_wishes)


@app.task(name=import_runs.TASK, ignore_result=True, time_limit=LONGEST_IMPORT)
def run_imports() -> None:
    """Do the imports that wait; nudged when one is asked for, and swept, so that one whose worker died goes on."""
    import_runs.run_due()
