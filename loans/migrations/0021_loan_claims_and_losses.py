"""A loan says since when it is claimed returned or lost, and how it was settled."""

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("branches", "0002_photos_services_and_favourite_points"), ("loans", "0020_watch_acts_of_desks")]
    operations = [
        migrations.AddField(
            model_name="loan",
            name="claimed_on",
            field=models.DateField(
                blank=True, help_text="Late days stop there.", null=True, verbose_name="given back on, says its reader"
            ),
        ),
        migrations.AddField(
            model_name="loan",
            name="claimed_place",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="branches.place",
                verbose_name="given back to, says its reader",
            ),
        ),
        migrations.AddField(
            model_name="loan",
            name="end_reason",
            field=models.CharField(
                blank=True,
                choices=[("never_borrowed", "the reader never had it"), ("made_good", "lost, and made good")],
                db_default="",
                default="",
                max_length=14,
                verbose_name="why it ended otherwise",
            ),
        ),
        migrations.AddField(
            model_name="loan",
            name="lost_after_days",
            field=models.PositiveSmallIntegerField(
                db_default=60, default=60, verbose_name="taken for lost after days late"
            ),
        ),
        migrations.AddField(
            model_name="loan",
            name="lost_on",
            field=models.DateField(blank=True, help_text="Late days stop there.", null=True, verbose_name="lost since"),
        ),
        migrations.AddField(
            model_name="loan",
            name="settled_at",
            field=models.DateTimeField(
                blank=True,
                help_text="When a claimed or lost loan ended for good.",
                null=True,
                verbose_name="settled at",
            ),
        ),
        migrations.AddField(
            model_name="loanrule",
            name="lost_after_days",
            field=models.PositiveSmallIntegerField(
                db_default=60,
                default=60,
                help_text="Then its reader is told, and the copy serves no reservation any more until it turns up.",
                validators=[django.core.validators.MinValueValidator(1)],
                verbose_name="taken for lost after days late",
            ),
        ),
        migrations.AddIndex(
            model_name="loan",
            index=models.Index(
                condition=models.Q(("status__in", ["claimed", "lost"])), fields=["copy"], name="loan_claimed_or_lost"
            ),
        ),
        migrations.AddConstraint(
            model_name="loan",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "claimed"), _negated=True),
                    models.Q(("claimed_on__isnull", False), ("lost_on__isnull", True)),
                    _connector="OR",
                ),
                name="loan_claimed_says_since_when",
            ),
        ),
        migrations.AddConstraint(
            model_name="loan",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "lost"), _negated=True), ("lost_on__isnull", False), _connector="OR"
                ),
                name="loan_lost_says_since_when",
            ),
        ),
        migrations.AddConstraint(
            model_name="loan",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "open"), _negated=True),
                    models.Q(("claimed_on__isnull", True), ("lost_on__isnull", True)),
                    _connector="OR",
                ),
                name="loan_open_is_neither_claimed_nor_lost",
            ),
        ),
        migrations.AddConstraint(
            model_name="loan",
            constraint=models.CheckConstraint(
                condition=models.Q(("claimed_on__isnull", False), ("claimed_place__isnull", True), _connector="OR"),
                name="loan_claimed_place_only_with_its_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="loan",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("status", "closed"), models.Q(("end_reason", ""), ("settled_at__isnull", True)), _connector="OR"
                ),
                name="loan_settled_only_when_closed",
            ),
        ),
        migrations.AddConstraint(
            model_name="loan",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "closed"), _negated=True),
                    ("returned_place__isnull", False),
                    models.Q(("end_reason", ""), _negated=True),
                    _connector="OR",
                ),
                name="loan_closed_was_given_back_or_says_why_not",
            ),
        ),
        migrations.AddConstraint(
            model_name="loanrule",
            constraint=models.CheckConstraint(
                condition=models.Q(("lost_after_days__gte", 1)), name="loanrule_lost_only_when_late"
            ),
        ),
    ]
