"""The librarians' admin site: Django's own, with room for desk pages that apps register."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest
    from django.utils.functional import Promise


@dataclass(frozen=True)
class DeskPage:
    """One page of the desk: its address below the site, its name, its title, who may open it."""

    route: str
    name: str
    title: str | Promise
    view: Callable[..., Any]
    permission: str
    in_menu: bool = True
    group: str = ""  # the page whose tiles lead here
    order: int = 50  # among those tiles: lower ones come first


_desk_pages: list[DeskPage] = []


def register_desk_page(page: DeskPage) -> None:
    """Add a desk page to the site; called from an app's `ready`. Registering a name twice replaces it."""
    _desk_pages[:] = [one for one in _desk_pages if one.name != page.name] + [page]


def tiles_of(group: str, user: Any, *parts: object) -> list[dict[str, Any]]:
    """Return the pages of a group that somebody may open, in their order.

    `parts` are those of their addresses, the same for all pages of the group.
    """
    return [
        {"title": page.title, "url": reverse(f"admin:{page.name}", args=parts)}
        for page in sorted(_desk_pages, key=lambda page: page.order)
        if page.group == group and user.has_perm(page.permission)
    ]


class AdminSite(admin.AdminSite):
    """`/gestione/`."""

    site_title = _("Milanolib desk")
    site_header = _("Milanolib desk")
    index_title = _("Registers")
    index_template = "admin/desk_index.html"
    enable_nav_sidebar = False

    @method_decorator(login_not_required)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Sign in as everywhere else, with its limits on attempts; the desk has no door of its own."""
        return secure_admin_login(super().login)(request, extra_context)

    def get_urls(self) -> list[Any]:
        """Return the desk pages before the admin's own addresses."""
        desk: list[URLPattern] = [path(page.route, self.admin_view(page.view), name=page.name) for page in _desk_pages]
        return desk + super().get_urls()

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Add the desk's menu and what stands beside it on the first page, as far as this person may open it."""
        return {
            **super().each_context(request),
            "desk_pages": [
                {"title": page.title, "url": reverse(f"admin:{page.name}"), "name": page.name}
                for page in _desk_pages
                if page.in_menu and request.user.has_perm(page.permission)
            ],
            "desk_tiles": tiles_of("desk", request.user),
        }
