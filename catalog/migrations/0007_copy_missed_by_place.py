"""The list of copies to be looked for again has an index; built, and the rule on them checked, without a stop."""

from django.contrib.postgres.operations import AddIndexConcurrently, ValidateConstraint
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("catalog", "0006_copy_missed_at")]
    operations = [
        ValidateConstraint("copy", "copy_missed_only_while_available"),
        AddIndexConcurrently(
            "copy",
            models.Index(
                condition=models.Q(("missed_at__isnull", False)), fields=["place"], name="copy_missed_by_place"
            ),
        ),
    ]
