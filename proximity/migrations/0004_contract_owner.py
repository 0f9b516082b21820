"""A contract with a partner has somebody who looks after it."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("proximity", "0003_start_requests_language"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="contract",
            name="owner",
            field=models.ForeignKey(
                blank=True,
                help_text="Is told before it ends. Empty: all managers are.",
                limit_choices_to={"is_staff": True},
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="contracts",
                to=settings.AUTH_USER_MODEL,
                verbose_name="who looks after it",
            ),
        ),
    ]
