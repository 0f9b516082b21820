"""What readers see of a record: fields of both dialects become the same few columns."""

import pytest
from django.utils import translation

from catalog.importing.drafts import prepare
from catalog.importing.fields import Fields, Holding, isbns_in, without_tail, year_in
from catalog.importing.readers import Read, dialect_shown
from catalog.importing.report import Fault
from catalog.importing.roles import role_said
from catalog.models import Audience, Material, Role
from tests.catalog.marc.build import (
    GENERAL,
    MARC21_BOOK,
    MARC21_LEADER,
    UNIMARC_BOOK,
    UNIMARC_LEADER,
    as_json,
    simple,
    simple_unimarc,
)


def prepared(fields, leader=MARC21_LEADER, source=""):
    record = as_json(fields, leader)
    own = Fields(record)
    return prepare(Read(1, 0, record, own, dialect=dialect_shown(own) or "marc21"), source)


def draft(fields, leader=MARC21_LEADER):
    return prepared(fields, leader).draft


def unimarc(*more, leader=UNIMARC_LEADER, title="Titolo"):
    return draft(simple_unimarc("1", title, *more), leader)


def marc21(*more, leader=MARC21_LEADER, title="Titolo"):
    return draft(simple("1", title, *more), leader)


def test_marc21_book_is_shown_in_full():
    shown = draft(MARC21_BOOK)
    assert (shown.title, shown.subtitle, shown.original_title) == (
        "Il faro di carta",
        "una storia di mare",
        "The paper lighthouse",
    )
    assert shown.responsibility == "Ada Verdi ; illustrazioni di Ugo Neri"
    assert (shown.edition, shown.published_in, shown.publisher, shown.year) == (
        "2. ed.",
        "Milano",
        "Editrice di Prova",
        1999,
    )
    assert (shown.extent, shown.series, shown.series_number) == ("212 p. : ill. ; 21 cm", "I fari", "7")
    assert (shown.language, shown.material, shown.audience) == ("ita", Material.BOOK, Audience.CHILDREN)
    assert shown.isbns == ["9788800000000", "8800000002"]
    assert (shown.dewey, shown.summary) == ("823.914", "Un faro, due sorelle.")
    assert shown.people == [
        ("Verdi, Ada", "(IT-TEST)A1", Role.AUTHOR),
        ("Neri, Ugo", "", Role.ILLUSTRATOR),
        ("Gialli, Eva", "", Role.TRANSLATOR),
    ]
    assert shown.subjects == ["Fari - Narrativa per ragazzi"]
    assert shown.holdings == [Holding("norte", "C1", "R N VER")]


def test_unimarc_book_is_shown_in_full():
    shown = draft(UNIMARC_BOOK, UNIMARC_LEADER)
    assert (shown.title, shown.subtitle, shown.original_title) == (
        "Il faro di carta",
        "una storia di mare",
        "The paper lighthouse",
    )
    assert shown.responsibility == "Ada Verdi ; traduzione di Eva Gialli"
    assert (shown.edition, shown.published_in, shown.publisher, shown.year) == (
        "2. ed.",
        "Milano",
        "Editrice di Prova",
        1999,
    )
    assert (shown.extent, shown.series, shown.series_number) == ("212 p. : ill. ; 21 cm", "I fari", "7")
    assert (shown.language, shown.material, shown.audience) == ("ita", Material.BOOK, Audience.CHILDREN)
    assert shown.isbns == ["9788800000000", "8800000002"]
    assert (shown.dewey, shown.summary) == ("823.914", "Un faro, due sorelle.")
    assert shown.people == [
        ("Verdi, Ada", "TSTV000001", Role.AUTHOR),
        ("Gialli, Eva", "TSTV000002", Role.TRANSLATOR),
        ("Neri, Ugo", "", Role.ILLUSTRATOR),
    ]
    assert shown.subjects == ["Fari - Narrativa per ragazzi", "mare", "sorelle"]
    assert shown.holdings == [Holding("NORTE", "C1", "R N VER")]


def test_the_same_book_in_both_dialects_is_one_work():
    one, other = prepared(MARC21_BOOK), prepared(UNIMARC_BOOK, UNIMARC_LEADER)
    assert one.work_key == other.work_key == "verdi ada/paper lighthouse"


# --- titles


@pytest.mark.parametrize(
    ("field", "title", "subtitle"),
    [
        (("a", "Il faro /"), "Il faro", ""),
        (("a", "Il faro.", "n", "Parte 2,", "p", "La tempesta /"), "Il faro. Parte 2. La tempesta", ""),
        (("a", "Il faro :", "b", "romanzo =", "b", "The lighthouse /"), "Il faro", "romanzo : The lighthouse"),
        (("a", "E poi..."), "E poi...", ""),
        (("b", "solo il resto"), "solo il resto", "solo il resto"),
        (("p", "solo la parte"), "solo la parte", ""),
    ],
)
def test_title_of_marc21(field, title, subtitle):
    shown = draft([("001", "1"), ("008", "x" * 40), ("245", "00", *field)])
    assert (shown.title, shown.subtitle) == (title, subtitle)


@pytest.mark.parametrize(
    ("field", "title", "subtitle"),
    [
        (("a", "Il faro", "e", "romanzo", "d", "= The lighthouse"), "Il faro", "romanzo = The lighthouse"),
        (("a", "Il faro", "h", "2", "i", "La tempesta"), "Il faro. 2. La tempesta", ""),
        (("a", "Il faro", "a", "La nave"), "Il faro ; La nave", ""),
        (("a", "Il faro", "f", "Ada Verdi", "c", "La nave", "f", "Ugo Neri"), "Il faro. La nave", ""),
        (("a", "Il *faro"), "Il faro", ""),
        (("a", "L'*altra nave"), "L'altra nave", ""),
        (("a", "M*A*S*H"), "M*A*S*H", ""),
    ],
)
def test_title_of_unimarc(field, title, subtitle):
    shown = draft([("001", "1"), ("100", "  ", "a", GENERAL), ("200", "1 ", *field)], UNIMARC_LEADER)
    assert (shown.title, shown.subtitle) == (title, subtitle)


@pytest.mark.parametrize(
    ("own", "title"), [("2", "La nave. 2"), ("Vol. 2", "La nave. Vol. 2"), ("I", "La nave. I"), ("I mari", "I mari")]
)
def test_a_volume_called_by_its_number_takes_the_name_of_its_set(own, title):
    whole = ("461", " 1", "1", "001X", "1", "2001 ", "a", "La nave")
    assert unimarc(whole, title=own).title == title
    assert unimarc(("461", " 1", "t", "La nave"), title=own).title == title


@pytest.mark.parametrize(
    "fields", [[("001", "1"), ("245", "00", "c", "solo chi")], [("001", "1"), ("500", "  ", "a", "x")]]
)
def test_a_record_without_title_is_refused(fields):
    with translation.override("en"), pytest.raises(Fault, match="no title"):
        prepared(fields)


def test_a_unimarc_record_without_title_is_refused():
    with pytest.raises(Fault, match=r"200 \$a"):
        unimarc(title=" ")


# --- numbers and dates


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        (["88-07-88001-9"], []),
        (["978-88-06-11614-9"], ["9788806116149"]),
        (["8806116142"], ["9788806116149", "8806116142"]),
        (["880611614 2 (v. 1)"], ["9788806116149", "8806116142"]),
        (["019504312x (pbk.)"], ["9780195043129", "019504312X"]),
        (["9788806116140"], []),
        (["12 EUR", "manca"], []),
        (["8806116142", "978-8806116149"], ["9788806116149", "8806116142"]),
    ],
)
def test_isbns_are_checked_and_made_one(texts, found):
    assert isbns_in(texts) == found


@pytest.mark.parametrize(
    ("texts", "year"),
    [
        (("1999",), 1999),
        (("", "[1968, c1962]"), 1968),
        (("19uu", "[tra il 1880 e il 1893]"), 1880),
        (("", "stampa 20011"), None),
        (("0000",), None),
        ((), None),
    ],
)
def test_year(texts, year):
    assert year_in(*texts) == year


def test_year_comes_from_coded_data_before_words():
    assert marc21(("260", "  ", "c", "1850")).year == 2001
    assert unimarc(("210", "  ", "d", "1850")).year == 1999


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Milano :", "Milano"),
        ("Verdi, Ada,", "Verdi, Ada"),
        ("Neri, U.", "Neri, U."),
        ("Lorenzini.", "Lorenzini"),
        ("fine...", "fine..."),
        ("[s.n.],", "[s.n.]"),
    ],
)
def test_punctuation_that_leads_on_is_left_out(text, shown):
    assert without_tail(text) == shown


# --- kinds


@pytest.mark.parametrize(
    ("kind", "material"),
    [
        ("am", Material.BOOK),
        ("as", Material.MAGAZINE),
        ("cm", Material.SCORE),
        ("em", Material.MAP),
        ("gm", Material.DVD),
        ("im", Material.AUDIOBOOK),
        ("jm", Material.CD),
        ("rm", Material.OTHER),
        ("  ", Material.BOOK),
    ],
)
def test_material_of_both_dialects_comes_from_the_leader(kind, material):
    assert marc21(leader=f"00000n{kind} a2200000 i 4500").material == material
    assert unimarc(leader=f"00000n{kind}0 2200000   450 ").material == material


def test_comics_and_games_are_told_by_coded_data():
    comic = [("001", "1"), ("008", "261122s2001    it a   c  6   000 1 ita d"), ("245", "00", "a", "Fumetto")]
    game = [("001", "1"), ("008", "261122s2001    it         g  000 1 ita d"), ("245", "00", "a", "Gioco")]
    assert draft(comic).material == Material.COMIC
    assert draft(game, "00000nmm a2200000 i 4500").material == Material.VIDEOGAME
    assert unimarc(("105", "  ", "a", "a   t   00|a|")).material == Material.COMIC


def test_material_named_by_a_copy_is_taken_where_it_is_one_of_ours():
    assert unimarc(("995", "  ", "f", "C1", "r", "videogame")).material == Material.VIDEOGAME
    assert unimarc(("995", "  ", "f", "C1", "r", "am")).material == Material.BOOK


@pytest.mark.parametrize(
    ("code", "audience"), [("j", "children"), ("c", "children"), ("d", "teen"), ("e", "adult"), (" ", "adult")]
)
def test_audience_of_marc21(code, audience):
    general = f"261122s2001    it     {code}      000 1 ita d"
    assert draft([("001", "1"), ("008", general), ("245", "00", "a", "T")]).audience == audience


@pytest.mark.parametrize(
    ("code", "audience"), [("a", "children"), ("d", "children"), ("e", "teen"), ("m", "adult"), ("u", "adult")]
)
def test_audience_of_unimarc(code, audience):
    general = f"20261122d1999    {code}  y0itay50      ba"
    fields = [("001", "1"), ("100", "  ", "a", general), ("200", "1 ", "a", "T")]
    assert draft(fields, UNIMARC_LEADER).audience == audience


# --- people


@pytest.mark.parametrize(
    ("code", "role"),
    [
        ("070", "author"),
        ("730", "translator"),
        ("440", "illustrator"),
        ("340", "editor"),
        ("300", "director"),
        ("550", "narrator"),
        ("590", "performer"),
        ("230", "composer"),
        ("650", "other"),
    ],
)
def test_roles_of_unimarc(code, role):
    assert unimarc(("701", " 1", "a", "Verdi", "b", "Ada", "4", code)).people == [("Verdi, Ada", "", role)]


@pytest.mark.parametrize(
    ("said", "role"),
    [
        (("4", "trl"), "translator"),
        (("4", "http://id.loc.gov/vocabulary/relators/ill"), "illustrator"),
        (("e", "illustrator."), "illustrator"),
        (("e", "ill."), "illustrator"),
        (("e", "film director"), "director"),
        (("e", "narratore"), "narrator"),
        (("e", "tipografo"), "other"),
        (("4", "pbl"), "other"),
        ((), "other"),
    ],
)
def test_roles_of_marc21(said, role):
    assert marc21(("700", "1 ", "a", "Verdi, Ada", *said)).people == [("Verdi, Ada", "", role)]


def test_one_person_in_two_roles_and_twice_in_one():
    fields = [("700", "1 ", "a", "Verdi, Ada", "4", "aut", "4", "ill"), ("700", "1 ", "a", "Verdi, Ada", "4", "aut")]
    assert marc21(*fields).people == [("Verdi, Ada", "", Role.AUTHOR), ("Verdi, Ada", "", Role.ILLUSTRATOR)]


@pytest.mark.parametrize(
    ("statement", "name", "role"),
    [
        ("Ada Verdi ; traduzione di Ugo Neri", "Neri, Ugo", Role.TRANSLATOR),
        ("a cura di Ada Verdi, traduzione di Ugo Neri", "Neri, Ugo", Role.TRANSLATOR),
        ("a cura di Ada Verdi, traduzione di Ugo Neri", "Verdi, Ada", Role.EDITOR),
        ("translated by Ugo Neri ; illustrated by Ada Verdi", "Verdi, Ada", Role.ILLUSTRATOR),
        ("Ada Verdi, Ugo Neri", "Neri, Ugo", Role.AUTHOR),
        ("Ada Verdi ; introduzione di Ugo Neri", "Neri, Ugo", Role.OTHER),
        ("Ada Verdi ; Ugo Neri", "Neri, Ugo", None),
        ("Ada Verdi", "Neri, Ugo", None),
        ("", "Neri, Ugo", None),
    ],
)
def test_roles_said_in_words(statement, name, role):
    assert role_said(statement, name, Role.AUTHOR) == role


@pytest.mark.parametrize(
    ("field", "name"),
    [
        (("700", " 1", "a", "Verdi", "b", ", Ada"), "Verdi, Ada"),
        (("700", " 1", "a", "Verdi,", "b", "Ada", "f", "1950-"), "Verdi, Ada"),
        (("700", " 0", "a", "Leonardo", "c", ": da Vinci"), "Leonardo da Vinci"),
        (("700", " 0", "a", "Giovanni Paolo", "d", "II", "c", "papa"), "Giovanni Paolo II papa"),
        (("710", "02", "a", "Comune di Prova", "b", "Biblioteca"), "Comune di Prova. Biblioteca"),
    ],
)
def test_names_of_unimarc(field, name):
    assert unimarc(field).people[0][0] == name


# --- works


def test_a_slug_in_field_909_names_the_work():
    assert prepared(simple("1", "Il faro", ("909", "  ", "a", "verdi-faro"))).work_key == "verdi-faro"
    assert prepared(simple("1", "Il faro", ("909", "  ", "a", "faro"))).work_key == "faro"


@pytest.mark.parametrize("other", ["1996003454", "fondo", "Legato Rossi", "x" * 201 + "-y"])
def test_what_other_systems_keep_in_909_names_no_work(other):
    assert prepared(simple("1", "Il faro", ("909", "  ", "a", other))).work_key == "==1"


AUTHOR = ("100", "1 ", "a", "Verdi, Ada")


@pytest.mark.parametrize(
    ("title", "more"),
    [
        ("Il faro", ()),  # no author
        ("Poesie", (AUTHOR,)),  # many books are called so
        ("[Raccolta di lettere]", (AUTHOR,)),  # a title made up
    ],
)
def test_where_works_cannot_be_told_apart_each_record_is_its_own(title, more):
    one, other = prepared(simple("1", title, *more)), prepared(simple("2", title, *more))
    assert one.work_key != other.work_key


def test_serials_and_maps_are_their_own_works():
    for leader in ("00000nas a2200000 i 4500", "00000nem a2200000 i 4500"):
        assert prepared(simple("1", "Il faro", AUTHOR), leader).work_key == "==1"


def test_editions_and_translations_share_a_work_and_volumes_do_not():
    original = prepared(simple("1", "The lighthouse", AUTHOR))
    translated = prepared(simple("2", "Il faro", AUTHOR, ("240", "10", "a", "The lighthouse.", "l", "Italiano")))
    assert original.work_key == translated.work_key == "verdi ada/lighthouse"
    first = [("001", "3"), ("008", "x" * 40), AUTHOR, ("245", "00", "a", "Il faro", "n", "1")]
    second = [("001", "4"), ("008", "x" * 40), AUTHOR, ("245", "00", "a", "Il faro", "n", "2")]
    assert prepared(first).work_key != prepared(second).work_key


def test_a_uniform_title_that_only_gathers_is_no_original_title():
    selections = ("240", "10", "a", "Works.", "k", "Selections.", "l", "Italiano")
    assert marc21(AUTHOR, selections).original_title == ""


def test_long_keys_stay_apart():
    long = "parola " * 40
    one, other = prepared(simple("1", long + "uno", AUTHOR)), prepared(simple("2", long + "due", AUTHOR))
    assert len(one.work_key) == 200
    assert one.work_key != other.work_key


# --- control numbers and lengths


def test_control_numbers_belong_to_a_source():
    assert prepared(MARC21_BOOK).key == ("IT-TEST", "M1")
    assert prepared(MARC21_BOOK, source="mia").key == ("mia", "M1")
    assert prepared(UNIMARC_BOOK, UNIMARC_LEADER).key == ("", "IT\\ICCU\\TST\\0000001")


def test_a_record_without_control_number_is_named_by_its_contents():
    one, again, other = prepared(simple("")), prepared(simple("")), prepared(simple("", "Altro"))
    assert one.control_number.startswith("x-")
    assert one.control_number == again.control_number != other.control_number
    assert [note.code for note in one.notes] == ["no_control_number"]
    moved = prepared(simple(""), "00077nam a2200049 i 4500")  # as another container would have it
    assert moved.control_number == one.control_number


def test_a_control_number_that_does_not_fit_is_replaced_and_told():
    one = prepared(simple("N" * 81))
    assert one.control_number.startswith("x-")
    assert [note.code for note in one.notes] == ["control_number_long"]


def test_what_does_not_fit_is_shortened_where_shown_and_kept_in_the_record():
    one = prepared(simple("1", "parola " * 200, ("650", " 7", "a", "s" * 400), ("700", "1 ", "a", "n" * 400)))
    assert len(one.draft.title) <= 1000
    assert one.draft.title.endswith("…")
    assert len(one.draft.subjects[0]) == len(one.draft.people[0][0]) == 300
    assert [note.code for note in one.notes] == ["value_long"]
    assert "parola " * 200 in one.record
    assert "s" * 400 in one.record
