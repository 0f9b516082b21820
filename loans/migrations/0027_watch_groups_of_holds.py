"""Undo of a desk's last act puts back which of several came first, too (migration 0020)."""

from django.db import migrations

TRIGGER = """
CREATE TRIGGER loans_note_step AFTER INSERT OR UPDATE OR DELETE ON loans_holdgroup FOR EACH ROW
    WHEN (current_setting('milanolib.last_act', true) <> '') EXECUTE FUNCTION loans_note_step();
"""


class Migration(migrations.Migration):
    dependencies = [("loans", "0026_groups_of_holds")]
    operations = [migrations.RunSQL(TRIGGER, "DROP TRIGGER loans_note_step ON loans_holdgroup;")]
