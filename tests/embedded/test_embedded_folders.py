"""What the demo makes is its own, and nobody else's is touched."""

import os
import socket
import stat
import tempfile
from pathlib import Path

import pytest

from milanolib.embedded import folders
from milanolib.embedded.console import CannotStart
from milanolib.embedded.ports import web_socket


def test_own_folder_is_entered_by_nobody_else(tmp_path):
    path = folders.own_folder(tmp_path / "ours")

    assert stat.S_IMODE(path.stat().st_mode) == 0o700
    assert folders.own_folder(path) == path


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to someone else")
def test_own_folder_refuses_a_foreign_owner(tmp_path):
    path = tmp_path / "theirs"
    path.mkdir()
    os.chown(path, 65534, 65534)

    with pytest.raises(CannotStart, match="belongs to another account"):
        folders.own_folder(path)


def test_own_folder_refuses_a_link(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path)

    with pytest.raises(CannotStart, match="not a folder"):
        folders.own_folder(tmp_path / "link")


def test_only_one_refuses_a_second_demo_and_names_the_first(tmp_path):
    with (
        folders.only_one(tmp_path / "lock"),
        pytest.raises(CannotStart, match=f"already runs.*{os.getpid()}"),
        folders.only_one(tmp_path / "lock"),
    ):
        pass

    with folders.only_one(tmp_path / "lock"):
        assert (tmp_path / "lock").read_text() == f"{os.getpid()}\n"


def test_secrets_are_made_once_and_private(tmp_path):
    made = folders.kept_secrets(tmp_path / "secrets")

    assert folders.kept_secrets(tmp_path / "secrets") == made
    assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o600
    assert len(made["SECRET_KEY"]) >= 50


def test_trial_folder_removes_what_a_killed_run_left(monkeypatch):
    with tempfile.TemporaryDirectory() as name:  # short: a long one would not do for sockets
        monkeypatch.setattr("tempfile.tempdir", name)
        old, used = Path(name, "milanolib-test-old"), Path(name, "milanolib-test-used")
        old.mkdir()
        used.mkdir()
        with folders.only_one(used / "lock"):
            for path in (old, used):
                os.utime(path, (0, 0))
            with folders.trial_folder() as folder:
                assert folder.parent == old.parent

        assert not old.exists()
        assert not folder.exists()
        assert used.exists()


def test_a_full_disk_is_told_before_it_is_met(tmp_path):
    with pytest.raises(CannotStart, match="MB are needed"):
        folders.need_space(tmp_path, 10**12)


def test_a_port_in_use_is_named_with_the_way_out(monkeypatch):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        monkeypatch.setenv("PORT", str(port))

        with pytest.raises(CannotStart, match=f"Port {port} is in use .* make demo PORT="):
            web_socket()


@pytest.mark.parametrize("named", ["http", "0", "65536", "-1", "٨٠"])
def test_a_port_that_is_none_is_refused(monkeypatch, named):
    monkeypatch.setenv("PORT", named)

    with pytest.raises(CannotStart, match="is no port"):
        web_socket()
