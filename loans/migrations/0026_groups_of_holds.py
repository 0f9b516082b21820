from django.db import migrations, models
from django.db.models import Q

WITH_COPY = ["assigned", "picked", "in_transit", "arrived", "ready"]


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0005_desk_badges"),
        ("loans", "0025_unfillable_by_index"),
    ]
    operations = [
        migrations.CreateModel(
            name="HoldGroup",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("one_of", "whichever comes first"), ("set", "all together")],
                        max_length=8,
                        verbose_name="kind",
                    ),
                ),
                ("placed_at", models.DateTimeField(verbose_name="placed at")),
                (
                    "reader",
                    models.ForeignKey(
                        on_delete=models.deletion.PROTECT,
                        related_name="hold_groups",
                        to="accounts.reader",
                        verbose_name="reader",
                    ),
                ),
                (
                    "won_by",
                    models.OneToOneField(
                        blank=True,
                        help_text="Of one of several: the reservation whose copy was the first to be taken from its shelf.",
                        null=True,
                        on_delete=models.deletion.SET_NULL,
                        related_name="won_group",
                        to="loans.hold",
                        verbose_name="came first",
                    ),
                ),
            ],
            options={
                "verbose_name": "reservations together",
                "verbose_name_plural": "reservations together",
                "ordering": ["placed_at", "id"],
            },
        ),
        migrations.AddConstraint(
            model_name="holdgroup",
            constraint=models.CheckConstraint(
                condition=Q(won_by=None) | Q(kind="one_of"), name="holdgroup_only_one_of_several_is_won"
            ),
        ),
        migrations.AddField(
            model_name="hold",
            name="group",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=models.deletion.SET_NULL,
                related_name="holds",
                to="loans.holdgroup",
                verbose_name="reserved together",
            ),
        ),
        migrations.AddField(
            model_name="hold",
            name="waits_for_set",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="It does not take part in the order until a copy of each member can be had at once.",
                verbose_name="waits until its whole set can be had",
            ),
        ),
        migrations.AddConstraint(
            model_name="hold",
            constraint=models.CheckConstraint(
                condition=Q(waits_for_set=False) | ~Q(status__in=WITH_COPY),
                name="hold_waiting_for_its_set_has_no_copy",
            ),
        ),
    ]
