"""What lists, reviews and suggestions say no to."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from milanolib.errors import DomainError


class ListWithoutName(DomainError):
    """A list needs a name."""

    code = "list_without_name"
    message = _("Give the list a name.")


class ListNameTaken(DomainError):
    """A person's lists are told apart by their names."""

    code = "list_name_taken"
    message = _("You have a list of this name already. Choose another name.")


class TooManyLists(DomainError):
    """A person has as many lists as can be kept."""

    code = "too_many_lists"
    message = _("You have %(most)s lists already, which is the most. Delete one that you no longer need.")


class ListFull(DomainError):
    """A list has as many titles as it can hold."""

    code = "list_full"
    message = _("This list has %(most)s titles already, which is the most. Begin another list.")


class OnlyLibrariansPublish(DomainError):
    """Public lists, shelves and bibliographies are the librarians'."""

    code = "only_librarians_publish"
    message = _("Only librarians publish lists for everybody. You can share yours with whoever has its link.")


class PublicListNeedsKind(DomainError):
    """What is public is a shelf or a bibliography, never somebody's personal list."""

    code = "public_list_needs_kind"
    message = _("To publish it for everybody, say that it is a librarians' shelf or a bibliography.")


class NeedsCard(DomainError):
    """Only people with a valid card rate and review."""

    code = "needs_card"
    message = _("Only readers with a library card give stars and write reviews. Ask for a card at any library.")


class StarsMissing(DomainError):
    """A review has from one to five stars."""

    code = "stars_missing"
    message = _("Choose from one to five stars.")


class ReviewChanged(DomainError):
    """The words are not those that the librarian read."""

    code = "review_changed"
    message = _("The reader has changed this review meanwhile, or somebody has decided. Read it again, then decide.")


class ReasonMissing(DomainError):
    """Who refuses says why: the reader is told."""

    code = "reason_missing"
    message = _("Say why: the reader is told these words.")


class WishWithoutTitle(DomainError):
    """A suggestion needs a title or an ISBN."""

    code = "wish_without_title"
    message = _("Write the title, so that we know what to look for.")


class IsbnWrong(DomainError):
    """The number is no ISBN: its check digit says so."""

    code = "isbn_wrong"
    message = _("This is no valid ISBN. Copy it again from the book, or leave the field empty.")


class TooManyWishes(DomainError):
    """A reader has as many suggestions without an answer as are taken."""

    code = "too_many_wishes"
    message = _(
        "%(most)s of your suggestions wait for an answer, which is the most. When one is answered, send the next."
    )


class WishMoveRefused(DomainError):
    """A suggestion does not go from its state to that one."""

    code = "wish_move_refused"
    message = _("This suggestion has changed meanwhile. Load the page again to see where it stands.")


class TitleToBeNamed(DomainError):
    """What has arrived is shown to the reader, so it must be named."""

    code = "title_to_be_named"
    message = _("Name the title in the catalogue, by its number or its ISBN, so that the reader can go there.")
