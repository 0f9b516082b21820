"""What Milan's rules say of lateness, new films and kinds of book with limits of their own.

The network publishes the limits by kind and the eighteen months. How long lateness suspends, how many loans past their
date are borne, and what follows a reservation that was not collected are not published: the values here are usual in
Italian networks, and a manager changes them in the registers.
"""

from decimal import Decimal

from django.db import migrations

BOOKS_OF_THEIR_OWN = ("guide", "exam", "course")
KEPT_BACK = {"dvd": 18, "cd": 18}
LATENESS = {"grace_days": 3, "suspension_per_day": Decimal(1), "suspension_most": 60}
BLOCKS = {"max_overdue": 2, "max_not_collected": 1, "not_collected_days": 14}


def lay_down(apps, schema_editor):
    LoanRule = apps.get_model("loans", "LoanRule")
    ReaderRule = apps.get_model("loans", "ReaderRule")
    if not LoanRule.objects.filter(material="extra").exists():
        values = {"loan_days": 30, "max_renewals": 3}
        LoanRule.objects.bulk_create(
            [LoanRule(material=one, max_loans=2, limit_group=one, **values) for one in BOOKS_OF_THEIR_OWN]
            + [LoanRule(material="extra", max_loans=100, limit_group="extra", counts_in_total=False, **values)]
        )
    for material, months in KEPT_BACK.items():
        LoanRule.objects.filter(material=material).update(not_lent_months=months)
    LoanRule.objects.update(**LATENESS)
    ReaderRule.objects.update(**BLOCKS)
    groups = dict(LoanRule.objects.filter(reader_category="", branch=None).values_list("material", "limit_group"))
    Loan = apps.get_model("loans", "Loan")
    for material in Loan.objects.exclude(status="closed").order_by().values_list("material", flat=True).distinct():
        standing = Loan.objects.exclude(status="closed").filter(material=material, limit_group="")
        standing.update(limit_group=groups.get(material, groups.get("", "")))


class Migration(migrations.Migration):
    dependencies = [("loans", "0005_rules_that_decide")]
    operations = [migrations.RunPython(lay_down, migrations.RunPython.noop)]
