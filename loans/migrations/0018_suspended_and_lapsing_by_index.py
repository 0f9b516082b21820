from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("loans", "0017_hold_suspension_and_old_labels")]
    operations = [
        AddIndexConcurrently(
            model_name="hold",
            index=models.Index(
                fields=["suspended_until"],
                condition=models.Q(status="queued", suspended_until__isnull=False),
                name="hold_suspended_by_day",
            ),
        ),
        AddIndexConcurrently(
            model_name="hold",
            index=models.Index(
                fields=["not_needed_after"],
                condition=models.Q(status__in=["queued", "assigned"], not_needed_after__isnull=False),
                name="hold_to_lapse_by_day",
            ),
        ),
    ]
