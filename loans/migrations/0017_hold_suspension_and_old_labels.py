from django.db import migrations, models
from django.db.models import F, Q

WITH_COPY = ["assigned", "picked", "in_transit", "arrived", "ready"]


class Migration(migrations.Migration):
    dependencies = [("loans", "0016_delegation")]
    operations = [
        migrations.AddField(
            model_name="hold",
            name="suspended_on",
            field=models.DateField(blank=True, null=True, verbose_name="suspended on"),
        ),
        migrations.AddField(
            model_name="hold",
            name="suspended_days",
            field=models.PositiveSmallIntegerField(
                db_default=0, default=0, verbose_name="days it was suspended before"
            ),
        ),
        migrations.AlterField(
            model_name="hold",
            name="suspended_until",
            field=models.DateField(
                blank=True,
                help_text="The day on which it takes part again.",
                null=True,
                verbose_name="suspended until",
            ),
        ),
        migrations.AddConstraint(
            model_name="hold",
            constraint=models.CheckConstraint(
                condition=Q(suspended_on=None, suspended_until=None)
                | Q(suspended_on__isnull=False, suspended_until__isnull=False, suspended_until__gt=F("suspended_on")),
                name="hold_suspended_from_a_day_until_a_later_one",
            ),
        ),
        migrations.AddConstraint(
            model_name="hold",
            constraint=models.CheckConstraint(
                condition=~Q(status__in=WITH_COPY) | Q(suspended_until=None), name="hold_suspended_has_no_copy"
            ),
        ),
        migrations.AddField(
            model_name="parcel",
            name="has_old_label",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="Its point was changed.",
                verbose_name="its label shows another point",
            ),
        ),
    ]
