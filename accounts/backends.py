"""Sign in with the card number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.backends import ModelBackend

from accounts.cards import normalised
from accounts.models import Reader, User

if TYPE_CHECKING:
    from django.http import HttpRequest


class CardBackend(ModelBackend):
    """Accepts `card` and `password`; an unknown card costs as much time as a wrong password."""

    def authenticate(  # type: ignore[override]  # other credentials are other backends' business
        self,
        request: HttpRequest | None,  # noqa: ARG002  Django passes it
        card: str | None = None,
        password: str | None = None,
        **kwargs: Any,  # noqa: ARG002  as above
    ) -> User | None:
        """Return the user of the card's reader when the password is right."""
        if card is None or password is None:
            return None
        reader = Reader.objects.select_related("user").filter(card_number=normalised(card)).first()
        user = reader.user if reader else None
        if user is None:
            User().set_password(password)
            return None
        return user if user.check_password(password) and self.user_can_authenticate(user) else None
