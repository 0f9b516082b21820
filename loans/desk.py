"""The desk's pages and their addresses inside the admin site."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from loans.desk_views import check_in, check_out, devices, picking, place, rules, shelf, tasks, works
from loans.desk_views.frame import PERMISSION
from milanolib.adminsite import DeskPage, register_desk_page


def register_pages() -> None:
    """Tell the admin site of every page of the desk, in the order of its menu."""
    menu = (
        ("banco/prelievi/", "desk_pick", _("Pick list"), picking.pick),
        ("banco/rientri/", "desk_check_in", _("Check-in"), check_in.take_in),
        ("banco/prestiti/", "desk_check_out", _("Check-out"), check_out.lend),
        ("banco/scaffale/", "desk_shelf", _("Hold shelf"), shelf.hold_shelf),
        ("banco/attese/", "desk_tasks", _("Tasks and parcels"), tasks.tasks),
        ("banco/dispositivi/", "desk_devices", _("Devices of points"), devices.devices),
        ("banco/regole/", "desk_rules", _("Which rule, and why"), rules.which_rule),
        ("banco/dove/", "desk_place", _("My desk"), place.choose_place),
    )
    behind = (
        ("banco/pacchi/", "desk_pack", picking.pack),
        ("banco/pacchi/<slug:code>/", "desk_tag", picking.tag),
        ("banco/prestiti/<str:key>/", "desk_reader", check_out.reader),
        ("banco/prestiti/<str:key>/documento/", "desk_verify", check_out.verify),
        ("banco/prestiti/<str:key>/fine/", "desk_leave", check_out.leave),
        ("banco/attese/<int:task_id>/", "desk_task", tasks.close),
        ("banco/dispositivi/<int:device_id>/revoca/", "desk_revoke", devices.revoke),
    )
    for route, name, title, view in menu:
        register_desk_page(DeskPage(route, name, title, view, PERMISSION))
    for route, name, view in behind:
        register_desk_page(DeskPage(route, name, "", view, PERMISSION, in_menu=False))
    register_desk_page(
        DeskPage("opere/<int:work_id>/", "work_editions", "", works.work_editions, works.PERMISSION, in_menu=False)
    )
