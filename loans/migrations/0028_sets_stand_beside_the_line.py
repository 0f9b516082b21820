from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models

WAITS = models.Q(status="queued", suspended_until=None, waits_for_set=False)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("loans", "0027_watch_groups_of_holds")]
    operations = [
        AddIndexConcurrently(
            model_name="hold",
            index=models.Index(fields=["work", "rank", "placed_at", "id"], condition=WAITS, name="hold_in_line"),
        ),
        AddIndexConcurrently(
            model_name="hold",
            index=models.Index(
                fields=["work", "target", "pickup_place", "rank", "placed_at", "id"],
                condition=WAITS,
                name="hold_in_line_by_target",
            ),
        ),
        RemoveIndexConcurrently(model_name="hold", name="hold_waiting_in_order"),
        RemoveIndexConcurrently(model_name="hold", name="hold_waiting_by_target"),
    ]
