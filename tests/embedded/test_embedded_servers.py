"""The throw-away servers, really started, and the mailbox."""

import email.policy
import os
import smtplib
import subprocess
import sys
from email.parser import BytesParser
from pathlib import Path

import pytest

from milanolib.embedded.folders import PROJECT

PROBE = """
import os, sys, dj_database_url, psycopg, redis
named = dj_database_url.parse(os.environ["DATABASE_URL"])
with psycopg.connect(host=named["HOST"], user=named["USER"], dbname=named["NAME"]) as connection:
    print(connection.execute("SELECT lower('CITTÀ'), current_setting('listen_addresses')").fetchone())
print(redis.Redis.from_url(os.environ["REDIS_URL"] + "?db=1").ping())
print(os.path.dirname(os.environ["DEMO_MAIL_DIR"]))
sys.exit(7)
"""


@pytest.fixture
def bare():
    """Return our environment without the servers of this run of the tests."""
    return {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}


def run_beside_servers(environment, *command):
    argv = [sys.executable, "-m", "milanolib.embedded", "test", "--", *command]
    return subprocess.run(argv, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)


def test_a_command_runs_beside_servers_that_go_with_it(bare):
    done = run_beside_servers(bare, sys.executable, "-c", PROBE)

    answers = done.stdout.splitlines()
    assert answers[:2] == ["('città', '')", "True"], done
    assert done.returncode == 7
    assert not Path(answers[2]).exists()


def test_named_servers_replace_their_own_only(bare):
    named = {**bare, "DATABASE_URL": "postgres://db.example/x", "REDIS_URL": "redis://broker.example"}
    done = run_beside_servers(named, "sh", "-c", 'echo "$DATABASE_URL $REDIS_URL"; kill -TERM $$')

    assert done.stdout == "postgres://db.example/x redis://broker.example\n"
    assert done.returncode == 128 + 15


@pytest.fixture
def mailbox(tmp_path):
    """Start a mailbox that keeps its messages in tmp_path, and return its port."""
    with subprocess.Popen(
        [sys.executable, "-m", "milanolib.embedded.mailbox", str(tmp_path)],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        yield int(process.stdout.readline())
        process.terminate()
        assert process.stderr.read() == ""
        assert process.wait() == 0


def test_mailbox_keeps_a_message_with_its_envelope(mailbox, tmp_path):
    message = "From: a@example.org\r\nTo: b@example.org\r\nSubject: =?utf-8?q?Citt=C3=A0?=\r\n\r\nÈ arrivato.\r\n"
    with smtplib.SMTP("127.0.0.1", mailbox) as smtp:
        smtp.sendmail("a@example.org", ["b@example.org", "blind@example.org"], message.encode(), ["BODY=8BITMIME"])

    [file] = tmp_path.iterdir()
    kept = BytesParser(policy=email.policy.default).parsebytes(file.read_bytes())
    assert file.suffix == ".eml"
    assert file.stat().st_mode & 0o777 == 0o600
    assert kept["X-Envelope-To"] == "b@example.org, blind@example.org"
    assert kept["X-Arrived-At"].endswith("+00:00")
    assert file.read_bytes().endswith(message.encode())
