"""Other people's interfaces on loopback, each a process of its own, and what arrived there."""

import json
import subprocess
import sys
import uuid
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings as django_settings

from notifications.channels import Rendered
from notifications.channels.calling import call

SIMULATORS = Path(__file__).parents[2] / "simulators"


@contextmanager
def running(*argv):
    """Run a program that prints its port first; give the port."""
    with subprocess.Popen(
        [sys.executable, *map(str, argv)], cwd=django_settings.BASE_DIR, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield int(process.stdout.readline())
        finally:
            process.kill()


class Gateways:
    """The SMS gateway and App IO: where they are, and what came."""

    def __init__(self, port, folder):
        self.port, self.folder = port, folder
        self.sms_url = f"http://biblio:demo@127.0.0.1:{port}/API/v1.0/REST"
        self.io_url = f"http://:demo@127.0.0.1:{port}/api/v1"

    def arrived(self, channel):
        kept = [json.loads(path.read_text()) for path in sorted(self.folder.glob("*.json"))]
        return [one for one in kept if one["channel"] == channel]


@pytest.fixture
def gateways(tmp_path, settings):
    """Run the gateways of the demo, and let the settings name them."""
    folder = tmp_path / "gateways"
    folder.mkdir()
    with running("-m", "milanolib.embedded.gateways", folder) as port:
        found = Gateways(port, folder)
        settings.SMS_URL, settings.APP_IO_URL = found.sms_url, found.io_url
        yield found


class PushService:
    """A push service: subscriptions as a browser gets them, and what its browsers could read."""

    def __init__(self, port, folder):
        self.port, self.folder = port, folder

    def subscription(self, *answers):
        asked = json.dumps({"answers": list(answers)}).encode()
        made = call("POST", f"http://127.0.0.1:{self.port}/subscriptions", headers={}, content=asked).json()
        return {"endpoint": made["endpoint"], **made["keys"]}

    def opened(self):
        return [json.loads(path.read_text()) for path in sorted(self.folder.glob("*.json"))]


@pytest.fixture
def push_service(tmp_path, settings):
    """Run a push service of our own, and let the settings allow it."""
    folder = tmp_path / "push"
    folder.mkdir()
    settings.PUSH_HOSTS = ["127.0.0.1"]
    with running(SIMULATORS / "push_service.py", folder) as port:
        yield PushService(port, folder)


@pytest.fixture
def rendered():
    """A message as delivery hands it over."""
    return Rendered(
        kind="hold_ready",
        language="it",
        subject="Pronto da ritirare: Sormani",
        text="«Il barone rampante» è pronto.",
        html="<p>«Il barone rampante» è pronto.</p>",
        short="Una prenotazione è pronta alla Sormani fino a lunedì 9 marzo.",
        link="http://127.0.0.1:8000/mio/",
        unsubscribe="http://127.0.0.1:8000/avvisi/basta/abc/",
    )


@pytest.fixture
def key():
    """The key of a message, as delivery gives it."""
    return f"<message-{uuid.uuid4().hex[:8]}@milanolib.example>"
