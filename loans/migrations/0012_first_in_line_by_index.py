from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models

WAITS = models.Q(status="queued", suspended_until=None)
OPEN = ["queued", "assigned", "picked", "in_transit", "arrived", "ready"]


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("loans", "0011_holdpass_names_its_point")]
    operations = [
        AddIndexConcurrently(
            model_name="hold",
            index=models.Index(
                fields=["work", "rank", "placed_at", "id"], condition=WAITS, name="hold_waiting_in_order"
            ),
        ),
        AddIndexConcurrently(
            model_name="hold",
            index=models.Index(
                fields=["work", "target", "pickup_place", "rank", "placed_at", "id"],
                condition=WAITS,
                name="hold_waiting_by_target",
            ),
        ),
        AddIndexConcurrently(
            model_name="hold",
            index=models.Index(fields=["reader"], condition=models.Q(status__in=OPEN), name="hold_open_by_reader"),
        ),
        RemoveIndexConcurrently(model_name="hold", name="hold_queue"),
    ]
