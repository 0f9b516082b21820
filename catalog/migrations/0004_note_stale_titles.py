"""Titles whose copies change are noted by the database itself, so that no verb can forget to tell search."""

from django.db import migrations

# Facets number themselves: the number says the kind (catalog.models.search.FACET_KINDS).
NUMBERS = "CREATE SEQUENCE catalog_facet_number"
NO_NUMBERS = "DROP SEQUENCE catalog_facet_number"
NOTE = """
CREATE FUNCTION catalog_note_copies() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO catalog_staletitle (title_id, is_shelved_anew) SELECT DISTINCT title_id, true FROM new_rows;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO catalog_staletitle (title_id, is_shelved_anew) SELECT DISTINCT title_id, true FROM old_rows;
    ELSE
        INSERT INTO catalog_staletitle (title_id, is_shelved_anew)
        SELECT changed.title_id, bool_or(changed.is_shelved_anew) FROM (
            SELECT side.title_id,
                   (old_rows.title_id, old_rows.home_id) IS DISTINCT FROM (new_rows.title_id, new_rows.home_id)
                   OR (old_rows.status IN ('withdrawn', 'lost')) IS DISTINCT FROM
                      (new_rows.status IN ('withdrawn', 'lost')) AS is_shelved_anew
            FROM old_rows JOIN new_rows USING (id)
            CROSS JOIN LATERAL (VALUES (old_rows.title_id), (new_rows.title_id)) AS side (title_id)
            WHERE (old_rows.status, old_rows.place_id, old_rows.is_lendable, old_rows.title_id, old_rows.home_id)
                  IS DISTINCT FROM
                  (new_rows.status, new_rows.place_id, new_rows.is_lendable, new_rows.title_id, new_rows.home_id)
        ) AS changed
        GROUP BY changed.title_id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER catalog_note_new_copies AFTER INSERT ON catalog_copy
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION catalog_note_copies();
CREATE TRIGGER catalog_note_changed_copies AFTER UPDATE ON catalog_copy
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION catalog_note_copies();
CREATE TRIGGER catalog_note_gone_copies AFTER DELETE ON catalog_copy
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION catalog_note_copies();
"""
FORGET = """
DROP TRIGGER catalog_note_new_copies ON catalog_copy;
DROP TRIGGER catalog_note_changed_copies ON catalog_copy;
DROP TRIGGER catalog_note_gone_copies ON catalog_copy;
DROP FUNCTION catalog_note_copies();
"""


class Migration(migrations.Migration):
    dependencies = [("catalog", "0003_search_rows_lists_and_keeping")]
    operations = [migrations.RunSQL(NUMBERS, NO_NUMBERS), migrations.RunSQL(NOTE, FORGET)]
