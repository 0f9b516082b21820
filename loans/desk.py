"""The desk's pages and their addresses inside the admin site."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from loans.desk_views import (
    another_way,
    boxes,
    calls,
    counter,
    crates,
    deposits,
    devices,
    offline,
    packing,
    picking,
    place,
    reserving,
    rounds,
    rules,
    searches,
    shelf,
    slips,
    tasks,
    visit,
    works,
)
from loans.desk_views.frame import PERMISSION
from milanolib.adminsite import DeskPage, register_desk_page

GROUP = "desk"  # pages that the start page leads to, and not the menu


def register_pages() -> None:
    """Tell the admin site of every page of the desk, in the order of its menu."""
    menu = (
        ("banco/", "desk_counter", _("Desk"), counter.counter),
        ("banco/prelievi/", "desk_pick", _("Pick list"), picking.pick),
        ("banco/scaffale/", "desk_shelf", _("Hold shelf"), shelf.hold_shelf),
        ("banco/ricerche/", "desk_searches", _("To look for"), searches.searches),
        ("banco/casse/", "desk_crates", _("Crates"), crates.crates),
        ("banco/attese/", "desk_tasks", _("Tasks and parcels"), tasks.tasks),
    )
    tiles = (
        ("banco/imballo/", "desk_packing", _("Pack station"), packing.packing),
        ("banco/casse-per-giro/", "desk_rounds", _("Crates by round"), rounds.by_round),
        ("banco/problemi/", "desk_problems", _("Claims and losses"), searches.problems),
        ("banco/chiamate/", "desk_calls", _("To call"), calls.calls),
        ("banco/cassette/", "desk_boxes", _("Boxes and bags"), boxes.boxes),
        ("banco/depositi/", "desk_deposits", _("Deposits"), deposits.deposits),
        ("banco/dispositivi/", "desk_devices", _("Devices of points"), devices.devices),
        ("banco/regole/", "desk_rules", _("Which rule, and why"), rules.which_rule),
        ("banco/senza-rete/", "desk_offline", _("Desk without network"), offline.page),
        ("banco/dove/", "desk_place", _("My desk"), place.choose_place),
    )
    behind = (
        ("banco/pila/", "desk_stack", counter.new_stack),
        ("banco/disfa/", "desk_undo", counter.undo),
        ("banco/parti/", "desk_parts", counter.parts_missing),
        ("banco/lettore/<str:key>/", "desk_visit", counter.counter),
        ("banco/lettore/<str:key>/prestiti/proroga/", "desk_renew_all", visit.renew_everything),
        ("banco/lettore/<str:key>/prestiti/<int:loan_id>/proroga/", "desk_renew", visit.renew),
        ("banco/lettore/<str:key>/cerca/", "desk_find", visit.find),
        ("banco/lettore/<str:key>/prenota/", "desk_reserve", reserving.reserve),
        ("banco/lettore/<str:key>/prenotazioni/<int:hold_id>/punto/", "desk_move", visit.move),
        ("banco/lettore/<str:key>/prenotazioni/<int:hold_id>/annulla/", "desk_cancel", visit.cancel),
        ("banco/lettore/<str:key>/documento/", "desk_verify", visit.verify),
        ("banco/lettore/<str:key>/fine/", "desk_leave", visit.leave),
        ("banco/chiamate/<int:reader_id>/", "desk_called", calls.called),
        ("banco/cassette/<int:emptying_id>/", "desk_box", boxes.box),
        ("banco/casse/inizio/", "desk_crate_begin", crates.begin),
        ("banco/casse/<slug:code>/", "desk_crate", crates.crate),
        ("banco/casse/<slug:code>/lista.pdf", "desk_manifest", crates.manifest),
        ("banco/casse/<slug:code>/<slug:act>/", "desk_crate_act", crates.act),
        ("banco/depositi/<int:deposit_id>/", "desk_deposit", deposits.deposit),
        ("banco/depositi/<int:deposit_id>/tappa/", "desk_deposit_plan", deposits.plan),
        ("banco/depositi/<int:deposit_id>/<slug:act>/", "desk_deposit_act", deposits.act),
        ("banco/senza-rete/sw.js", "desk_offline_worker", offline.worker),
        ("banco/senza-rete/turno/", "desk_offline_shift", offline.shift),
        ("banco/senza-rete/invii/", "desk_offline_reports", offline.reports),
        ("banco/ricerche/viaggi/<int:transit_id>/", "desk_not_arrived", searches.not_arrived),
        ("banco/pacchi/", "desk_pack", picking.pack),
        ("banco/altra-strada/", "desk_another_way", another_way.another_way),
        ("banco/imballo/etichette.pdf", "desk_tags_pdf", packing.tags),
        ("banco/pacchi/<slug:code>/", "desk_tag", picking.tag),
        ("banco/pacchi/<slug:code>/custodia/", "desk_chain", packing.chain),
        ("banco/pacchi/<slug:code>/etichetta/", "desk_label", picking.label),
        ("banco/prelievi/<int:assignment_id>/assente/", "desk_miss", picking.miss),
        ("banco/ricerche/<int:copy_id>/assente/", "desk_miss_again", picking.miss_for_good),
        ("banco/carta/", "desk_paper", slips.choose_paper),
        ("banco/fogli/copia/<int:copy_id>.pdf", "desk_slip", slips.copy_slip),
        ("banco/fogli/pila.pdf", "desk_stack_slips", slips.stack_slips),
        ("banco/prelievi/lista.pdf", "desk_pick_pdf", slips.pick_list),
        ("banco/lettore/<str:key>/ricevuta.pdf", "desk_receipt", slips.receipt),
        ("banco/pacchi/<slug:code>/etichetta.pdf", "desk_tag_pdf", slips.tag),
        ("banco/attese/<int:task_id>/", "desk_task", tasks.close),
        ("banco/dispositivi/<int:device_id>/revoca/", "desk_revoke", devices.revoke),
        # where check-in and check-out were pages of their own
        ("banco/rientri/", "desk_check_in", visit.moved),
        ("banco/prestiti/", "desk_check_out", visit.moved),
        ("banco/prestiti/<str:key>/", "desk_reader", visit.moved),
    )
    for route, name, title, view in menu:
        register_desk_page(DeskPage(route, name, title, view, PERMISSION))
    for route, name, title, view in tiles:
        register_desk_page(DeskPage(route, name, title, view, PERMISSION, in_menu=False, group=GROUP))
    for route, name, view in behind:
        register_desk_page(DeskPage(route, name, "", view, PERMISSION, in_menu=False))
    register_desk_page(
        DeskPage("opere/<int:work_id>/", "work_editions", "", works.work_editions, works.PERMISSION, in_menu=False)
    )
