"""The processes of the demo and the tests never outlive the command that started them."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

PARENT = """
import os, sys, time
from pathlib import Path
from milanolib.embedded.processes import ChildEnded, Family, Layer, Program, StopRequested

folder = Path(sys.argv[1])
def sleeper(name, layer, code="import time; time.sleep(60)", **more):
    argv = [sys.executable, "-c", code]
    return Program(name=name, argv=argv, layer=layer, env=os.environ, **more)

with Family(folder, str(folder)) as family:
    try:
        {body}
    except StopRequested as request:
        print("asked", request.number, flush=True)
    except ChildEnded as ended:
        print(ended, flush=True)
"""
NOTES_ITS_END = (
    "import signal, sys, time\\n"
    "def end(*_):\\n    open('{notes}', 'a').write('{name} '); sys.exit()\\n"
    "signal.signal(signal.SIGTERM, end); open('{notes}.{name}', 'w'); time.sleep(60)"
)


@pytest.fixture
def start(tmp_path):
    """Start a command that looks after processes as `body` says; kill it in the end."""
    started = []

    def start(body):
        process = subprocess.Popen(
            [sys.executable, "-c", PARENT.format(body=body.replace("\n", "\n        ")), str(tmp_path)],
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


def runs(pid):
    """Return whether the process is there and not just waiting to be buried."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def wait_until(condition, seconds=10):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_child_stops_when_the_command_is_killed(start):
    command = start("print(family.start(sleeper('one', Layer.APPS)).process.pid, flush=True); family.pause(60)")
    pid = int(command.stdout.readline())

    command.kill()

    wait_until(lambda: not runs(pid))


def test_what_a_child_leaves_in_another_session_is_killed(start):
    leaver = (
        "import subprocess; print(subprocess.Popen(['sleep', '60'], start_new_session=True).pid, flush=True);"
        "__import__('time').sleep(60)"
    )
    command = start(f'family.start(sleeper("leaver", Layer.APPS, {leaver!r}, has_terminal=True)); family.pause(60)')
    pid = int(command.stdout.readline())

    command.terminate()

    assert command.wait(10) == 0
    assert not runs(pid)


def test_servers_stop_after_those_who_use_them(start, tmp_path):
    notes = tmp_path / "notes"
    parts = {
        name: NOTES_ITS_END.replace("\\n", "\n").format(notes=notes, name=name)
        for name in ("postgres", "valkey", "apps")
    }
    command = start(
        "".join(f"family.start(sleeper({name!r}, Layer.{name.upper()}, {code!r}))\n" for name, code in parts.items())
        + "family.pause(60)"
    )
    wait_until(lambda: len(list(tmp_path.glob("notes.*"))) == 3)

    command.send_signal(signal.SIGHUP)

    assert command.stdout.read() == "asked 1\n"
    assert notes.read_text() == "apps valkey postgres "


def test_a_second_ctrl_c_while_stopping_orphans_nobody(start):
    slow = "import signal, time; signal.signal(15, lambda *_: time.sleep(1)); print('up', flush=True); time.sleep(60)"
    command = start(
        f'child = family.start(sleeper("slow", Layer.APPS, {slow!r}, grace=0.5, has_terminal=True))\n'
        "print(child.process.pid, flush=True); family.pause(60); family.pause(60)"
    )
    pid = next(int(line) for line in (command.stdout.readline(), command.stdout.readline()) if line != "up\n")

    for _ in range(5):
        command.send_signal(signal.SIGINT)
        time.sleep(0.05)

    assert command.wait(10) == 0
    assert not runs(pid)


def test_the_end_of_a_child_is_told_with_its_last_words(start):
    command = start(
        """family.start(sleeper("web", Layer.APPS, "import sys; sys.exit('FATAL: no')"))\nfamily.pause(60)"""
    )

    assert command.stdout.read() == "web ended (exit status 1): FATAL: no\n"


def test_ctrl_c_takes_effect_even_where_the_shell_has_it_ignored(start):
    command = start("print(os.getpid(), flush=True); family.run(sleeper('long', Layer.APPS))")
    command.stdout.readline()

    os.kill(command.pid, signal.SIGINT)

    assert command.stdout.read() == "asked 2\n"
