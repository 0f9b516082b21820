"""The roles of the staff, as groups with permissions written here and laid down after each migration."""

from __future__ import annotations

from typing import Any

from django.db.models.signals import post_migrate
from django.dispatch import receiver

LIBRARIAN = "librarian"
MANAGER = "manager"

# role -> permissions as "app.codename"; a manager has a librarian's too
PERMISSIONS: dict[str, tuple[str, ...]] = {
    LIBRARIAN: (
        "accounts.serve_reader",
        "accounts.view_reader",
        "loans.work_at_desk",
        "loans.view_loan",
        "loans.view_hold",
        "loans.view_transit",
        "loans.view_parcel",
        "loans.view_crate",
        "loans.view_task",
        "loans.change_task",
        "catalog.view_title",
        "catalog.view_work",
        "catalog.change_work",
        "catalog.change_agent",
        "catalog.view_agent",
        "catalog.view_copy",
        "catalog.add_title",
        "catalog.change_title",  # its copies too: what they do is written by verbs, never by hand
        "catalog.add_cover",
        "catalog.add_stocktake",
        "catalog.view_stocktake",
        "catalog.add_readinglist",  # lists for everybody: shelves and bibliographies
        "catalog.change_review",
        "catalog.change_purchasewish",
        "branches.view_place",  # and what is kept of those she is posted to: branches.permissions
        "branches.add_place",
        "branches.change_place",
        "branches.add_openinghours",
        "branches.change_openinghours",
        "branches.delete_openinghours",
        "branches.view_openinghours",
        "branches.add_closure",
        "branches.change_closure",
        "branches.delete_closure",
        "branches.view_closure",
        "branches.add_specialopening",
        "branches.change_specialopening",
        "branches.delete_specialopening",
        "branches.view_specialopening",
        "branches.change_placecapacity",
        "branches.add_placecapacity",
        "branches.view_placecapacity",
        "branches.change_visit",
        "branches.add_placephoto",
        "branches.change_placephoto",
        "branches.delete_placephoto",
        "branches.view_placephoto",
        "branches.view_visit",
        "branches.view_round",
        "branches.view_roundstop",
        "branches.view_route",
        "branches.view_routecall",
        "branches.view_routedayoff",
        "branches.view_device",
        "branches.view_report",
        "proximity.view_contract",
        "notifications.view_feedback",
        "registry.run_kiosk",
        "registry.view_kiosk",  # and what is written of those of her libraries: branches.permissions
        "registry.change_kiosk",
        "registry.view_weeklyrule",
        "registry.add_weeklyrule",
        "registry.change_weeklyrule",
        "registry.delete_weeklyrule",
        "registry.view_block",
        "registry.add_block",
        "registry.change_block",
        "registry.delete_block",
        "proximity.view_condominiumlibrary",  # and what is kept of those her libraries serve: branches.permissions
        "proximity.add_condominiumlibrary",
        "proximity.change_condominiumlibrary",
        "proximity.view_condominiumevent",
        "proximity.add_condominiumevent",
        "proximity.change_condominiumevent",
        "proximity.delete_condominiumevent",
        "proximity.view_todaysword",
        "proximity.view_networknews",
        "proximity.view_startrequest",
        "proximity.change_startrequest",
        "partnerships.view_institution",
        "partnerships.add_institution",
        "partnerships.change_institution",
        "partnerships.view_agreement",
        "partnerships.add_agreement",
        "partnerships.change_agreement",
        "partnerships.review_agreement",
        "partnerships.view_agreementdocument",
        "partnerships.view_textproposal",
        "partnerships.add_agreementdocument",
        "partnerships.view_initiative",  # and what is written of those of her libraries: branches.permissions
        "partnerships.add_initiative",
        "partnerships.change_initiative",
        "partnerships.publish_initiative",
        "partnerships.run_initiative",
        "partnerships.view_initiativedate",
        "partnerships.change_initiativedate",
    ),
    MANAGER: (
        "branches.add_posting",
        "branches.change_posting",
        "branches.delete_posting",
        "branches.view_posting",
        "branches.add_route",
        "branches.change_route",
        "branches.add_routecall",
        "branches.change_routecall",
        "branches.delete_routecall",
        "branches.add_routedayoff",
        "branches.change_routedayoff",
        "branches.delete_routedayoff",
        "branches.change_round",
        "branches.add_device",
        "branches.change_device",
        "registry.add_kiosk",
        "proximity.add_contract",
        "proximity.change_contract",
        "catalog.add_importrun",
        "catalog.view_importrun",
        "catalog.delete_title",  # two records of one edition are merged; none is ever thrown away
        "loans.override_refusal",
        "loans.view_loanrule",
        "loans.add_loanrule",
        "loans.change_loanrule",
        "loans.view_keepingrule",
        "loans.change_keepingrule",
        "loans.view_readerrule",
        "loans.add_readerrule",
        "loans.change_readerrule",
        "loans.delete_readerrule",
        "loans.delete_loanrule",
        "notifications.view_message",
        "notifications.change_message",  # send again, and a test; the rows are written by verbs
        "notifications.view_call",
        "notifications.view_addressmark",
        "notifications.change_feedback",
        "accounts.view_act",
        "accounts.view_dataexport",
        "accounts.view_erasure",
        "accounts.erase_reader",
        "proximity.add_networknews",
        "proximity.change_networknews",
        "proximity.delete_networknews",
        "partnerships.activate_agreement",
        "partnerships.delete_agreementdocument",
    ),
}


@receiver(post_migrate)
def lay_down_roles(sender: Any, using: str, **kwargs: Any) -> None:  # noqa: ARG001  a signal's arguments
    """Give each role the permissions of the app that was just migrated; nothing is taken away by hand's work."""
    from django.contrib.auth.management import create_permissions  # noqa: PLC0415  models are not loaded at import
    from django.contrib.auth.models import Group, Permission  # noqa: PLC0415

    label = sender.label
    if not any(name.startswith(f"{label}.") for names in PERMISSIONS.values() for name in names):
        return
    create_permissions(sender, verbosity=0, using=using)  # Django's own receiver may come after this one
    for role, own in PERMISSIONS.items():
        names = own if role == LIBRARIAN else own + PERMISSIONS[LIBRARIAN]
        codenames = [name.partition(".")[2] for name in names if name.startswith(f"{label}.")]
        if codenames:
            group, _made = Group.objects.using(using).get_or_create(name=role)
            group.permissions.add(
                *Permission.objects.using(using).filter(content_type__app_label=label, codename__in=codenames)
            )
