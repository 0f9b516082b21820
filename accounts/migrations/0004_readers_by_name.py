"""Names as they are looked for, and an index of their letters, built while readers are served."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.operations import AddIndexConcurrently, TrigramExtension, UnaccentExtension
from django.db import migrations, models

# Declared immutable, which unaccent alone is not: its dictionary changes only with PostgreSQL itself.
KEY = """
CREATE OR REPLACE FUNCTION reader_name_key(family text, given text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN ' ' || btrim(regexp_replace(unaccent(lower(family || ' ' || given)), '[\\W_]+', ' ', 'g')) || ' '
"""


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("accounts", "0003_documents_old_cards_and_notes")]

    operations = [
        UnaccentExtension(),
        TrigramExtension(),
        migrations.RunSQL(KEY, "DROP FUNCTION IF EXISTS reader_name_key(text, text)"),
        AddIndexConcurrently(
            model_name="reader",
            index=GinIndex(
                OpClass(
                    models.Func(
                        "family_name", "given_name", function="reader_name_key", output_field=models.TextField()
                    ),
                    name="gin_trgm_ops",
                ),
                name="reader_by_name",
            ),
        ),
    ]
