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
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION catalog_note_changed_copy() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO catalog_staletitle (title_id, is_shelved_anew)
    SELECT DISTINCT side.title_id,
           (OLD.title_id, OLD.home_id) IS DISTINCT FROM (NEW.title_id, NEW.home_id)
           OR (OLD.status IN ('withdrawn', 'lost')) IS DISTINCT FROM (NEW.status IN ('withdrawn', 'lost'))
    FROM (VALUES (OLD.title_id), (NEW.title_id)) AS side (title_id);
    RETURN NULL;
END $$;
CREATE TRIGGER catalog_note_new_copies AFTER INSERT ON catalog_copy
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION catalog_note_copies();
-- Row by row: most changes are of one copy, and joining the old rows to the new ones would cost more than it saves.
CREATE TRIGGER catalog_note_changed_copies AFTER UPDATE ON catalog_copy FOR EACH ROW
    WHEN ((OLD.status, OLD.place_id, OLD.is_lendable, OLD.title_id, OLD.home_id)
          IS DISTINCT FROM (NEW.status, NEW.place_id, NEW.is_lendable, NEW.title_id, NEW.home_id))
    EXECUTE FUNCTION catalog_note_changed_copy();
CREATE TRIGGER catalog_note_gone_copies AFTER DELETE ON catalog_copy
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION catalog_note_copies();
"""
FORGET = """
DROP TRIGGER catalog_note_new_copies ON catalog_copy;
DROP TRIGGER catalog_note_changed_copies ON catalog_copy;
DROP TRIGGER catalog_note_gone_copies ON catalog_copy;
DROP FUNCTION catalog_note_copies();
DROP FUNCTION catalog_note_changed_copy();
"""


class Migration(migrations.Migration):
    dependencies = [("catalog", "0003_search_rows_lists_and_keeping")]
    operations = [migrations.RunSQL(NUMBERS, NO_NUMBERS), migrations.RunSQL(NOTE, FORGET)]
