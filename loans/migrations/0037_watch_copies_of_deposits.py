"""Undo of a desk's last act puts a copy back into its deposit, too (migration 0020)."""

from django.db import migrations

TRIGGER = """
CREATE TRIGGER loans_note_step AFTER INSERT OR UPDATE OR DELETE ON loans_depositcopy FOR EACH ROW
    WHEN (current_setting('milanolib.last_act', true) <> '') EXECUTE FUNCTION loans_note_step();
"""


class Migration(migrations.Migration):
    dependencies = [("loans", "0036_tasks_to_fetch_from_points")]
    operations = [migrations.RunSQL(TRIGGER, "DROP TRIGGER loans_note_step ON loans_depositcopy;")]
