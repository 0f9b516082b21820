"""A promise made or released changes what is free: the database notes the title for search."""

from django.db import migrations

NOTE = """
CREATE FUNCTION loans_note_assignments() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO catalog_staletitle (title_id, is_shelved_anew)
    SELECT DISTINCT copy.title_id, false FROM changed_rows JOIN catalog_copy AS copy ON copy.id = changed_rows.copy_id;
    RETURN NULL;
END $$;
CREATE TRIGGER loans_note_new_assignments AFTER INSERT ON loans_assignment
    REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION loans_note_assignments();
CREATE TRIGGER loans_note_changed_assignments AFTER UPDATE ON loans_assignment
    REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION loans_note_assignments();
CREATE TRIGGER loans_note_gone_assignments AFTER DELETE ON loans_assignment
    REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION loans_note_assignments();
"""
FORGET = """
DROP TRIGGER loans_note_new_assignments ON loans_assignment;
DROP TRIGGER loans_note_changed_assignments ON loans_assignment;
DROP TRIGGER loans_note_gone_assignments ON loans_assignment;
DROP FUNCTION loans_note_assignments();
"""


class Migration(migrations.Migration):
    dependencies = [("loans", "0002_milan_rules"), ("catalog", "0004_note_stale_titles")]
    operations = [migrations.RunSQL(NOTE, FORGET)]
