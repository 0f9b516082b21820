"""Works, titles, the people and subjects of them."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from catalog import languages
from catalog.querysets import TitleQuerySet

# A title that is called so gets another name in its address: /catalogo/<id>/marc/ is its record.
NAMES_OF_PAGES = frozenset({"marc"})


class Material(models.TextChoices):
    """What kind of thing a title is; lending rules hang on it."""

    BOOK = "book", _("book")
    AUDIOBOOK = "audiobook", _("audiobook")
    COMIC = "comic", _("comic")
    DVD = "dvd", _("film on DVD")
    CD = "cd", _("music on CD")
    MAGAZINE = "magazine", _("magazine")
    VIDEOGAME = "videogame", _("videogame")
    MAP = "map", _("map")
    SCORE = "score", _("printed music")
    OTHER = "other", _("other")


class Audience(models.TextChoices):
    """For whom a title is meant."""

    ADULT = "adult", _("adults")
    TEEN = "teen", _("teenagers")
    CHILDREN = "children", _("children")


class Format(models.TextChoices):
    """A way of printing or writing that opens a title to more readers."""

    LARGE_PRINT = "large_print", _("large print")
    EASY_READING = "easy_reading", _("easy reading")


class Role(models.TextChoices):
    """What a person or body did for a title."""

    AUTHOR = "author", _("author")
    TRANSLATOR = "translator", _("translator")
    ILLUSTRATOR = "illustrator", _("illustrator")
    EDITOR = "editor", _("editor")
    DIRECTOR = "director", _("director")
    NARRATOR = "narrator", _("narrator")
    PERFORMER = "performer", _("performer")
    COMPOSER = "composer", _("composer")
    OTHER = "other", _("contributor")


class Work(models.Model):
    """The editions, translations and formats of one work together. Its lock is the lock of its whole queue."""

    key = models.CharField(_("key"), max_length=200)
    title = models.CharField(_("title"), max_length=500)

    class Meta:
        verbose_name = _("work")
        verbose_name_plural = _("works")
        constraints = [models.UniqueConstraint(fields=["key"], name="work_key_once")]

    def __str__(self) -> str:
        return self.title


class WorkKey(models.Model):
    """Another key that leads to a work: that of one which staff joined to it. Imports ask here first."""

    key = models.CharField(_("key"), max_length=200)
    work = models.ForeignKey(Work, models.CASCADE, related_name="other_keys", verbose_name=_("work"))

    class Meta:
        verbose_name = _("other key of a work")
        verbose_name_plural = _("other keys of works")
        constraints = [models.UniqueConstraint(fields=["key"], name="workkey_once")]

    def __str__(self) -> str:
        return self.key


class Agent(models.Model):
    """A person or body, in the catalogue's inverted form ('Calvino, Italo')."""

    name = models.CharField(_("name"), max_length=300)
    identifier = models.CharField(_("authority identifier"), max_length=60, blank=True)
    see_also = models.ManyToManyField(
        "self", blank=True, verbose_name=_("see also"), help_text=_("The same person under another name, say.")
    )

    class Meta:
        verbose_name = _("person or body")
        verbose_name_plural = _("people and bodies")
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["name", "identifier"], name="agent_name_once_per_identifier")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Return the person's page."""
        return reverse("portal:person", args=[self.pk, slugify(self.spoken_name)[:60].strip("-") or "-"])

    @property
    def spoken_name(self) -> str:
        """Return the name as it is said: 'Italo Calvino'."""
        family, comma, given = self.name.partition(", ")
        return f"{given} {family}" if comma else self.name


class AgentVariant(models.Model):
    """Another form of a name: found as the name itself is, shown as 'see'."""

    agent = models.ForeignKey(Agent, models.CASCADE, related_name="variants", verbose_name=_("person or body"))
    name = models.CharField(_("other form of the name"), max_length=300)

    class Meta:
        verbose_name = _("other form of a name")
        verbose_name_plural = _("other forms of the name")
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["agent", "name"], name="agentvariant_once_per_agent")]

    def __str__(self) -> str:
        return self.name


class Subject(models.Model):
    """A subject heading."""

    heading = models.CharField(_("heading"), max_length=300)

    class Meta:
        verbose_name = _("subject")
        verbose_name_plural = _("subjects")
        ordering = ["heading"]
        constraints = [models.UniqueConstraint(fields=["heading"], name="subject_heading_once")]

    def __str__(self) -> str:
        return self.heading


class Title(models.Model):
    """One edition, as readers search and reserve it. The whole MARC record stays beside what is shown of it."""

    work = models.ForeignKey(Work, models.PROTECT, related_name="titles", verbose_name=_("work"))
    source = models.CharField(_("source"), max_length=40, help_text=_("Whose control numbers these are."))
    control_number = models.CharField(_("control number"), max_length=80)
    title = models.CharField(_("title"), max_length=1000)
    subtitle = models.CharField(_("subtitle"), max_length=1000, blank=True)
    original_title = models.CharField(_("original title"), max_length=1000, blank=True)
    responsibility = models.CharField(_("statement of responsibility"), max_length=1000, blank=True)
    edition = models.CharField(_("edition"), max_length=300, blank=True)
    publisher = models.CharField(_("publisher"), max_length=300, blank=True)
    published_in = models.CharField(_("place of publication"), max_length=300, blank=True)
    year = models.PositiveSmallIntegerField(_("year"), null=True, blank=True)
    extent = models.CharField(_("extent"), max_length=300, blank=True)
    series = models.CharField(_("series"), max_length=500, blank=True)
    series_number = models.CharField(_("number in the series"), max_length=40, blank=True)
    series_key = models.CharField(max_length=300, blank=True)
    series_position = models.FloatField(null=True, blank=True)
    language = models.CharField(_("language"), max_length=3, blank=True, help_text=_("ISO 639-2/B"))
    material = models.CharField(_("material"), max_length=12, choices=Material.choices, default=Material.BOOK)
    audience = models.CharField(_("audience"), max_length=10, choices=Audience.choices, default=Audience.ADULT)
    age_mark = models.PositiveSmallIntegerField(
        _("from age"), null=True, blank=True, help_text=_("As printed on it: not for younger readers.")
    )
    formats = ArrayField(
        models.CharField(max_length=14, choices=Format.choices), default=list, blank=True, verbose_name=_("formats")
    )
    isbns = ArrayField(models.CharField(max_length=20), default=list, blank=True, verbose_name=_("ISBN"))
    dewey = models.CharField(_("Dewey"), max_length=30, blank=True)
    summary = models.TextField(_("summary"), blank=True)
    contributors = models.ManyToManyField(Agent, through="Contribution", related_name="titles")
    subjects = models.ManyToManyField(Subject, related_name="titles", blank=True, verbose_name=_("subjects"))
    record = models.JSONField(
        _("MARC record"), default=dict, blank=True, help_text=_("The whole record, as MARC-in-JSON.")
    )
    record_format = models.CharField(max_length=10, blank=True)
    record_hash = models.CharField(max_length=64, blank=True)
    sort_key = models.CharField(max_length=300, blank=True, db_index=True)
    title_key = models.CharField(max_length=300, blank=True)
    imported_at = models.DateTimeField(_("imported at"), null=True, blank=True)
    added_on = models.DateField(_("in the catalogue since"), null=True, blank=True)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="merged", verbose_name=_("is the same as")
    )

    objects = TitleQuerySet.as_manager()

    class Meta:
        verbose_name = _("title")
        verbose_name_plural = _("titles")
        constraints = [
            models.UniqueConstraint(fields=["source", "control_number"], name="title_control_number_once_per_source"),
            models.CheckConstraint(condition=~Q(title=""), name="title_has_a_title"),
            models.CheckConstraint(
                condition=Q(merged_into=None) | ~Q(merged_into=F("pk")), name="title_is_merged_into_another"
            ),
        ]
        indexes = [
            models.Index(fields=["title_key"], name="title_by_key", opclasses=["varchar_pattern_ops"]),
            GinIndex(fields=["isbns"], name="title_by_isbn"),
            models.Index(fields=["series_key", "series_position"], condition=~Q(series_key=""), name="title_by_series"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """Return the title's page."""
        slug = slugify(self.title)[:60].strip("-")
        return reverse("portal:title", args=[self.pk, f"{slug}-" if slug in NAMES_OF_PAGES else slug or "-"])

    @property
    def foreign_language(self) -> str:
        """Return the name of the title's language when it is not Italian, else ''."""
        return languages.name_of(self.language) if self.language not in ("", "ita") else ""

    @property
    def lang(self) -> str:
        """Return the title's language as a browser names it, '' where Italian or not known."""
        return languages.tag_of(self.language) if self.language != "ita" else ""

    @property
    def main_authors(self) -> list[str]:
        """Return the authors' names as they are said; needs contributions fetched (`for_page`)."""
        main = {Role.AUTHOR, Role.DIRECTOR, Role.COMPOSER, Role.PERFORMER}
        return [one.agent.spoken_name for one in self.contributions.all() if one.role in main]


class Contribution(models.Model):
    """Who did what for a title, in the record's order."""

    title = models.ForeignKey(Title, models.CASCADE, related_name="contributions")
    agent = models.ForeignKey(Agent, models.PROTECT, related_name="contributions", verbose_name=_("person or body"))
    role = models.CharField(_("role"), max_length=12, choices=Role.choices)
    position = models.PositiveSmallIntegerField(_("position"))

    class Meta:
        verbose_name = _("contribution")
        verbose_name_plural = _("contributions")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["title", "position"], name="contribution_position_once_per_title"),
            models.UniqueConstraint(fields=["title", "agent", "role"], name="contribution_once_per_role"),
        ]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.role}"
