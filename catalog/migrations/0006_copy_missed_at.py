"""A copy that was not found on its shelf says since when; the database notes its title for search."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import Q

TRIGGER = """
CREATE OR REPLACE TRIGGER catalog_note_changed_copies AFTER UPDATE ON catalog_copy FOR EACH ROW
    WHEN ((OLD.status, OLD.place_id, OLD.is_lendable, OLD.title_id, OLD.home_id{old})
          IS DISTINCT FROM (NEW.status, NEW.place_id, NEW.is_lendable, NEW.title_id, NEW.home_id{new}))
    EXECUTE FUNCTION catalog_note_changed_copy();
"""


class Migration(migrations.Migration):
    dependencies = [("catalog", "0005_age_marks_and_loan_classes")]
    operations = [
        migrations.AddField(
            "copy",
            "missed_at",
            models.DateTimeField(
                blank=True, help_text="Until it is scanned again.", null=True, verbose_name="not found on its shelf at"
            ),
        ),
        AddConstraintNotValid(
            "copy",
            models.CheckConstraint(
                condition=Q(missed_at=None) | Q(status="available"), name="copy_missed_only_while_available"
            ),
        ),
        migrations.RunSQL(TRIGGER.format(old=", OLD.missed_at", new=", NEW.missed_at"), TRIGGER.format(old="", new="")),
    ]
