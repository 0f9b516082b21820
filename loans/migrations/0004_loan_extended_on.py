"""'Not today': a loan's due day may be put off once. That it is once no check of one row can say, so a trigger does."""

from django.db import migrations, models
from django.db.models import F, Q

ONCE = """
CREATE FUNCTION loans_put_off_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'loan % was put off before', OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'loan_put_off_once', TABLE = 'loans_loan';
END $$;
CREATE TRIGGER loan_put_off_once BEFORE UPDATE OF extended_on ON loans_loan FOR EACH ROW
    WHEN (OLD.extended_on IS NOT NULL AND NEW.extended_on IS DISTINCT FROM OLD.extended_on)
    EXECUTE FUNCTION loans_put_off_once();
"""
AS_BEFORE = """
DROP TRIGGER loan_put_off_once ON loans_loan;
DROP FUNCTION loans_put_off_once();
"""


class Migration(migrations.Migration):
    dependencies = [("loans", "0003_note_stale_titles")]
    operations = [
        migrations.AddField(
            "loan",
            "extended_on",
            models.DateField(
                blank=True,
                help_text="'Not today': the due day moved on by one, once.",
                null=True,
                verbose_name="put off on",
            ),
        ),
        migrations.AddConstraint(
            "loan",
            models.CheckConstraint(
                condition=Q(extended_on=None) | Q(due_on__gt=F("extended_on")), name="loan_put_off_is_due_later"
            ),
        ),
        migrations.RunSQL(ONCE, AS_BEFORE),
    ]
