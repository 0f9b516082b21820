"""Milan's lending rules as the network publishes them (biblioteche.comune.milano.it, prestito)."""

from django.db import migrations

# material: (days, renewals, at once, counted together as)
LOANS = {
    "": (30, 3, 10, "books"),
    "book": (30, 3, 10, "books"),
    "audiobook": (30, 3, 10, "books"),
    "comic": (30, 3, 10, "books"),
    "dvd": (10, 3, 10, "media"),
    "cd": (10, 3, 10, "media"),
    "videogame": (10, 3, 1, "videogames"),
    "magazine": (10, 3, 5, "magazines"),
}
# kind of point: (days, visits)
KEEPING = {
    "branch": (7, 0),
    "newsstand": (7, 0),
    "bookshop": (7, 0),
    "condominium": (7, 0),
    "locker": (3, 0),
    "stop": (0, 2),
}
# reader's status: (holds, loans, kinds of point)
READERS = {
    "verified": (5, 20, []),
    "provisional": (2, 2, ["branch", "stop"]),
}


def lay_down(apps, schema_editor):
    LoanRule = apps.get_model("loans", "LoanRule")
    KeepingRule = apps.get_model("loans", "KeepingRule")
    ReaderRule = apps.get_model("loans", "ReaderRule")
    LoanRule.objects.bulk_create(
        LoanRule(material=material, loan_days=days, max_renewals=renewals, max_loans=loans, limit_group=group)
        for material, (days, renewals, loans, group) in LOANS.items()
    )
    KeepingRule.objects.bulk_create(
        KeepingRule(place_kind=kind, days=days, visits=visits) for kind, (days, visits) in KEEPING.items()
    )
    ReaderRule.objects.bulk_create(
        ReaderRule(reader_status=status, max_holds=holds, max_loans=loans, pickup_kinds=kinds)
        for status, (holds, loans, kinds) in READERS.items()
    )


def take_away(apps, schema_editor):
    for name in ("LoanRule", "KeepingRule", "ReaderRule"):
        apps.get_model("loans", name).objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("loans", "0001_initial")]
    operations = [migrations.RunPython(lay_down, take_away)]
