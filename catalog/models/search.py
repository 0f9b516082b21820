"""What search keeps beside the catalogue: one narrow row a title, its facets, words and what is free where.

All of it follows from the catalogue and can be made anew at any time (`catalog.search.rebuild`).
"""

from __future__ import annotations

import datetime as dt

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from branches.models import Place
from catalog.models.title import Title, Work

LONG_AGO = dt.date(1900, 1, 1)


class FacetKind(models.TextChoices):
    """By what results can be narrowed."""

    MATERIAL = "material", _("material")
    LANGUAGE = "language", _("language")
    FORMAT = "format", _("easier to read")
    AUDIENCE = "audience", _("for whom")
    PERIOD = "period", _("years of publication")
    AUTHOR = "author", _("person")
    SUBJECT = "subject", _("subject")
    SERIES = "series", _("series")
    PLACE = "place", _("library that has it")


# Facets of each kind have numbers that leave this rest when divided by 16: a number says its kind without a look-up.
FACET_KINDS = {kind.value: number for number, kind in enumerate(FacetKind)}


class Facet(models.Model):
    """One value to narrow by. Its number stands in the rows of search and, as `=f<number>`, among their words."""

    id = models.IntegerField(primary_key=True)

    kind = models.CharField(max_length=10, choices=FacetKind.choices)
    code = models.CharField(max_length=300)
    label = models.CharField(max_length=500, blank=True, help_text=_("Where the code says nothing to people."))
    titles = models.PositiveIntegerField(default=0, help_text=_("How many have it, when last counted."))

    class Meta:
        verbose_name = _("facet")
        verbose_name_plural = _("facets")
        constraints = [models.UniqueConstraint(fields=["kind", "code"], name="facet_once_per_kind")]

    def __str__(self) -> str:
        return f"{self.kind}={self.code}"


class SearchRow(models.Model):
    """A title as search sees it: stems, facets, how much it is asked for."""

    title = models.OneToOneField(Title, models.CASCADE, primary_key=True, related_name="search_row")
    work = models.ForeignKey(Work, models.CASCADE, db_index=False, related_name="+")
    words = SearchVectorField()
    facets = ArrayField(models.IntegerField(), default=list)
    copies = models.PositiveIntegerField(default=0)
    borrowed = models.PositiveIntegerField(default=0, help_text=_("Loans of the last year."))
    popularity = models.FloatField(default=0)
    band = models.PositiveSmallIntegerField(default=0)
    year = models.PositiveSmallIntegerField(default=0)
    added_on = models.DateField(default=LONG_AGO)

    class Meta:
        verbose_name = _("row of search")
        verbose_name_plural = _("rows of search")
        indexes = [
            GinIndex(fields=["words"], name="searchrow_words", fastupdate=False),
            models.Index(F("popularity").desc(), F("title").asc(), name="searchrow_by_popularity"),
            models.Index(F("year").desc(), F("title").asc(), name="searchrow_by_year"),
            models.Index(F("added_on").desc(), F("title").asc(), name="searchrow_by_arrival"),
        ]

    def __str__(self) -> str:
        return str(self.title_id)


class Availability(models.Model):
    """How many copies of a title are free at a place; brought up to date within seconds of each change."""

    title = models.ForeignKey(Title, models.CASCADE, related_name="availability")
    place = models.ForeignKey(Place, models.CASCADE, related_name="+")
    free = models.PositiveSmallIntegerField()

    class Meta:
        verbose_name = _("free copies at a place")
        verbose_name_plural = _("free copies at places")
        constraints = [
            models.UniqueConstraint(fields=["title", "place"], name="availability_once_per_title_and_place"),
            models.CheckConstraint(condition=models.Q(free__gt=0), name="availability_says_what_is_free"),
        ]

    def __str__(self) -> str:
        return f"{self.title_id} {self.place_id}"


class StaleTitle(models.Model):
    """A title whose copies or promises have changed since search last looked; written by triggers."""

    id = models.BigAutoField(primary_key=True)
    title_id = models.BigIntegerField()
    is_shelved_anew = models.BooleanField(default=False, help_text=_("What the libraries have of it has changed."))

    class Meta:
        verbose_name = _("title to look at again")
        verbose_name_plural = _("titles to look at again")

    def __str__(self) -> str:
        return str(self.title_id)


class Word(models.Model):
    """A word that occurs in titles, names, subjects or series, with how many titles have it."""

    word = models.CharField(max_length=40, primary_key=True)
    stem = models.CharField(max_length=40, blank=True, help_text=_("Empty for words that search leaves out."))
    titles = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("word of the catalogue")
        verbose_name_plural = _("words of the catalogue")
        indexes = [
            models.Index(fields=["word"], opclasses=["varchar_pattern_ops"], name="word_by_beginning"),
            models.Index(fields=["stem"], name="word_by_stem"),
        ]

    def __str__(self) -> str:
        return self.word


class Misspelling(models.Model):
    """A word with one letter left out (or none), leading to the word: typing errors meet in these."""

    written = models.CharField(max_length=40)
    word = models.CharField(max_length=40)

    class Meta:
        verbose_name = _("word with a letter left out")
        verbose_name_plural = _("words with a letter left out")
        constraints = [models.UniqueConstraint(fields=["written", "word"], name="misspelling_once")]

    def __str__(self) -> str:
        return self.written


class Suggestion(models.Model):
    """What is offered while somebody types: a title, a person or a subject, by the beginning of one of its forms."""

    class Kind(models.TextChoices):
        TITLE = "title", _("title")
        AUTHOR = "author", _("person")
        SUBJECT = "subject", _("subject")

    kind = models.CharField(max_length=8, choices=Kind.choices)
    target = models.BigIntegerField(help_text=_("The work, the person or the subject."))
    form = models.CharField(max_length=100, help_text=_("Folded; what is typed is compared with its beginning."))
    label = models.CharField(max_length=300)
    weight = models.FloatField(default=0)
    rank = models.PositiveSmallIntegerField(default=2, help_text=_("0 for the most asked for, 1, 2 for all the rest."))

    class Meta:
        verbose_name = _("suggestion")
        verbose_name_plural = _("suggestions")
        constraints = [models.UniqueConstraint(fields=["kind", "target", "form"], name="suggestion_form_once")]
        indexes = [
            models.Index(
                fields=["form"],
                opclasses=["varchar_pattern_ops"],
                condition=models.Q(rank=0),
                name="suggestion_first",
            ),
            models.Index(
                fields=["form"],
                opclasses=["varchar_pattern_ops"],
                condition=models.Q(rank__lte=1),
                name="suggestion_second",
            ),
            models.Index(fields=["form"], opclasses=["varchar_pattern_ops"], name="suggestion_all"),
        ]

    def __str__(self) -> str:
        return self.label
