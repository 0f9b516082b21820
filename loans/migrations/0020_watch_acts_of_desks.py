"""A desk can undo its last act: while one is watched, the database notes each row of circulation that it changes."""

from django.db import migrations

TABLES = (
    "catalog_copy",
    "loans_loan",
    "loans_hold",
    "loans_assignment",
    "loans_holdpass",
    "loans_transit",
    "loans_parcel",
    "loans_handover",
    "loans_task",
    "outbox_event",
)
FUNCTION = """
CREATE FUNCTION loans_note_step() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE loans_lastact
    SET rows = rows || jsonb_build_array(jsonb_build_object(
        'table', TG_TABLE_NAME,
        'before', CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,
        'after', CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END))
    WHERE id = current_setting('milanolib.last_act')::bigint;
    RETURN NULL;
END $$;
"""
# The condition is looked at before the function is called: a row that nobody watches costs next to nothing.
TRIGGER = """
CREATE TRIGGER loans_note_step AFTER INSERT OR UPDATE OR DELETE ON {table} FOR EACH ROW
    WHEN (current_setting('milanolib.last_act', true) <> '') EXECUTE FUNCTION loans_note_step();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("loans", "0019_last_act"),
        ("catalog", "0009_copy_parts_note"),
        ("outbox", "0001_initial"),
    ]
    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION loans_note_step();"),
        *(
            migrations.RunSQL(TRIGGER.format(table=table), f"DROP TRIGGER loans_note_step ON {table};")
            for table in TABLES
        ),
    ]
