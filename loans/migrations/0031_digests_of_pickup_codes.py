"""What a point's phone may keep of a pickup code: a slow, salted digest."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("loans", "0030_hold_told_day"),
    ]

    operations = [
        migrations.CreateModel(
            name="CodeDigest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("ready_at", models.DateTimeField(verbose_name="ready at")),
                ("salt", models.CharField(editable=False, max_length=32)),
                ("digest", models.CharField(editable=False, max_length=64)),
                (
                    "parcel",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="code_digest",
                        to="loans.parcel",
                        verbose_name="parcel",
                    ),
                ),
            ],
            options={
                "verbose_name": "digest of a pickup code",
                "verbose_name_plural": "digests of pickup codes",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("digest__regex", "^[0-9a-f]{64}$"), ("salt__regex", "^[0-9a-f]{32}$")),
                        name="code_digest_is_salted",
                    )
                ],
            },
        ),
    ]
