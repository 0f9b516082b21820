"""How an app registers a kind of message: a truth, a topic, a text, facts for the preview, and who writes it when."""

from django.apps import AppConfig

from notifications import kinds
from notifications.services import write
from outbox import events

OUT = {"umbrella": 7}  # where another app has tables


def still_out(message):
    """Re-read the truth: None when there is nothing to tell any more."""
    number = message.params.get("umbrella")
    return {"number": number} if number in OUT.values() else None


def on_rain(event):
    """Write a row for each who is to be told; the event's key makes it one."""
    from accounts.models import Reader

    reader = Reader.objects.get(pk=event.payload["reader_id"])
    write("umbrella_out", key=event.key, reader=reader, params={"umbrella": event.payload["umbrella"]})


class SampleConfig(AppConfig):
    name = "tests.notifications.sample"
    label = "sample"

    def ready(self):
        kinds.register(
            kinds.Kind("umbrella_out", "Umbrella", still_out, kinds.Topic.OTHER, sample=lambda: {"number": 7})
        )
        events.register("sample.rain", on_rain)
