"""The demo as a person meets it: started, stopped, killed, started again. Long: in a copy of the project."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import dj_database_url
import psycopg
import pytest

from milanolib.embedded.folders import PROJECT

pytestmark = pytest.mark.soak
LEFT_OUT = shutil.ignore_patterns(".git", ".run", ".venv", "__pycache__", "tests", "media", ".*_cache", "*.mo")


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """Return a copy of the project that has its own `.run`."""
    copy = tmp_path_factory.mktemp("demo") / "project"
    shutil.copytree(PROJECT, copy, ignore=LEFT_OUT)
    yield copy
    subprocess.run([sys.executable, "-B", "-m", "milanolib.embedded", "clean"], cwd=copy, check=True)


@pytest.fixture
def start(project):
    """Start the demo and wait until it says that it is ready."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    foreign = {"DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "MILANOLIB_SUPERVISED"}
    environment = {name: value for name, value in os.environ.items() if name not in foreign} | {"PORT": port}
    started = []

    def start():
        process = subprocess.Popen(
            [sys.executable, "-m", "milanolib.embedded", "demo"],
            cwd=project,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        lines = []
        for line in process.stdout:
            lines.append(line)
            if "is ready at" in line:
                break
        assert lines, process.wait()
        assert "is ready at" in lines[-1], lines
        assert urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz").status == 200
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


def database(project):
    values = dict(line.split("=", 1) for line in (project / ".run" / "env").read_text().splitlines())
    named = dj_database_url.parse(values["DATABASE_URL"])
    return psycopg.connect(host=named["HOST"], user=named["USER"], dbname=named["NAME"], autocommit=True)


def of_the_demo(project):
    """Return the numbers of the demo's processes."""
    argv = [sys.executable, "-m", "milanolib.embedded", "leftovers"]
    said = subprocess.run(argv, cwd=project, capture_output=True, text=True, check=False).stdout
    return [int(word) for word in said.split() if word.isdigit()]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_everything(project, start, number):
    demo = start()

    demo.send_signal(number)

    assert demo.wait(60) == 0
    assert of_the_demo(project) == []
    assert not (project / ".run" / "env").exists()


def test_a_dead_child_is_named_and_the_rest_stopped(project, start):
    demo = start()
    pids = dict(line.split() for line in (project / ".run" / "pids").read_text().splitlines())

    os.kill(int(pids["worker"]), signal.SIGKILL)

    assert demo.wait(60) == 1
    assert "worker ended (signal SIGKILL)" in demo.stdout.read()
    assert of_the_demo(project) == []


def test_after_killing_everything_the_next_start_has_every_row(project, start):
    demo = start()
    with database(project) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (number int)")
        connection.execute("TRUNCATE kept")
        for number in range(200):
            connection.execute("INSERT INTO kept VALUES (%s)", [number])

    for pid in [demo.pid, *of_the_demo(project)]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    demo.wait()
    again = start()

    with database(project) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (200,)
        connection.execute("DROP TABLE kept")
    again.send_signal(signal.SIGINT)
    assert again.wait(60) == 0


def test_after_killing_the_supervisor_alone_the_rest_stops_by_itself(project, start):
    demo = start()

    demo.kill()

    deadline = time.monotonic() + 30
    while of_the_demo(project):
        assert time.monotonic() < deadline
        time.sleep(0.2)
