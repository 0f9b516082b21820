from django.db import migrations
from django.db.models import OuterRef, Subquery


def name_points(apps, schema_editor):
    """Until now a pass for want of room was of the point where its reservation still waits, or waited last."""
    HoldPass = apps.get_model("loans", "HoldPass")
    Hold = apps.get_model("loans", "Hold")
    point = Hold.objects.filter(pk=OuterRef("hold")).values("pickup_place")
    HoldPass.objects.filter(reason="no_room", place=None).update(place=Subquery(point))


class Migration(migrations.Migration):
    dependencies = [("loans", "0010_hold_target_and_waits_since")]
    operations = [migrations.RunPython(name_points, migrations.RunPython.noop)]
