"""What a copy is lent as, from when, and from which age a title is meant."""

from django.db import migrations, models

# Search asks which copies are free: one that may be lent from now on is noted as others are.
NOTE = """
CREATE TRIGGER catalog_note_kept_back_copies AFTER UPDATE ON catalog_copy FOR EACH ROW
    WHEN (OLD.not_lent_before IS DISTINCT FROM NEW.not_lent_before)
    EXECUTE FUNCTION catalog_note_changed_copy();
"""
FORGET = "DROP TRIGGER catalog_note_kept_back_copies ON catalog_copy;"


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0004_note_stale_titles"),
    ]

    operations = [
        migrations.AddField(
            model_name="copy",
            name="loan_class",
            field=models.CharField(
                blank=True,
                choices=[
                    ("guide", "recent travel guide"),
                    ("exam", "manual for public competitions"),
                    ("course", "language course"),
                    ("extra", "extra-large loan, not counted"),
                ],
                help_text="Empty: as what it is, a book or a film.",
                max_length=12,
                verbose_name="lent as",
            ),
        ),
        migrations.AddField(
            model_name="copy",
            name="not_lent_before",
            field=models.DateField(
                blank=True,
                help_text="Set by the lending rules: a film that is too new.",
                null=True,
                verbose_name="not lent before",
            ),
        ),
        migrations.AddField(
            model_name="title",
            name="age_mark",
            field=models.PositiveSmallIntegerField(
                blank=True, help_text="As printed on it: not for younger readers.", null=True, verbose_name="from age"
            ),
        ),
        migrations.RunSQL(NOTE, FORGET),
    ]
