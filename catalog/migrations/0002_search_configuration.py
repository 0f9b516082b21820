"""Text search for Italian with accents folded, and a plain one for titles made of stop words."""

from django.contrib.postgres.operations import TrigramExtension, UnaccentExtension
from django.db import migrations

WORDS = "hword, hword_part, word, asciiword, asciihword, hword_asciipart, numword, hword_numpart, numhword"


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_initial")]
    operations = [
        UnaccentExtension(),
        TrigramExtension(),
        migrations.RunSQL(
            f"""
            CREATE TEXT SEARCH CONFIGURATION milan_it (COPY = pg_catalog.italian);
            ALTER TEXT SEARCH CONFIGURATION milan_it ALTER MAPPING FOR {WORDS} WITH unaccent, italian_stem;
            CREATE TEXT SEARCH CONFIGURATION milan_plain (COPY = pg_catalog.simple);
            ALTER TEXT SEARCH CONFIGURATION milan_plain ALTER MAPPING FOR {WORDS} WITH unaccent, simple;
            """,
            """
            DROP TEXT SEARCH CONFIGURATION IF EXISTS milan_it;
            DROP TEXT SEARCH CONFIGURATION IF EXISTS milan_plain;
            """,
        ),
    ]
