"""Documents that can be compared with the code are."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

ROOT = Path(settings.BASE_DIR)
AT_THE_TOP = sorted(ROOT.glob("*.md"))
IN_DOCS = sorted(ROOT.glob("docs/**/*.md"))
PAGES = [*AT_THE_TOP, *IN_DOCS, *sorted(ROOT.glob("data/**/*.md"))]
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCED = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
VARIABLE = re.compile(
    r"""(?:_env|_flag|_listed|environ\.get|environ\.setdefault)\("([A-Z_]+)"|environ\["([A-Z_]+)"\]"""
)


def _name(path):
    return path.relative_to(ROOT).as_posix()


def _read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def _links(path):
    return [link for link in LINK.findall(FENCED.sub("", path.read_text(encoding="utf-8"))) if ":" not in link]


def _anchors(path):
    """Return the addresses of a page's headings, as a forge makes them."""
    headings = re.findall(r"^#+ +(.+)$", FENCED.sub("", path.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_tables_of_states_are_those_of_the_code():
    call_command("document_states", check=True)


def test_tables_of_states_that_differ_are_noticed(settings, tmp_path):
    settings.BASE_DIR = tmp_path
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "states.md").write_text("# States\n")

    with pytest.raises(CommandError):
        call_command("document_states", check=True)


@pytest.mark.parametrize("document", PAGES, ids=_name)
def test_every_link_leads_somewhere(document):
    for link in _links(document):
        file, _sign, anchor = link.partition("#")
        target = (document.parent / file).resolve() if file else document

        assert target.exists(), f"{link}: no such file"
        assert not anchor or anchor in _anchors(target), f"{link}: no such heading"


@pytest.mark.parametrize("document", [one for one in IN_DOCS if one.name != "README.md"], ids=_name)
def test_the_index_names_every_document(document):
    assert document in {(ROOT / "docs" / link).resolve() for link in _links(ROOT / "docs" / "README.md")}


@pytest.mark.parametrize(
    "name", sorted({one or other for one, other in VARIABLE.findall(_read("milanolib/settings.py"))})
)
def test_the_readme_names_every_variable_that_settings_read(name):
    assert f"`{name}`" in _read("README.md")


@pytest.mark.parametrize("name", re.findall(r"^([\w-]+)", _read("requirements/base.in"), re.MULTILINE))
def test_every_requirement_has_its_reason(name):
    assert re.search(rf"^\| {name}\b", _read("docs/third-party.md"), re.MULTILINE)


def test_there_is_one_version():
    version = re.search(r'^version = "(.+)"$', _read("pyproject.toml"), re.MULTILINE)[1]

    assert f'softwareVersion: "{version}"' in _read("publiccode.yml")
    assert re.search(r"^## (\S+), ", _read("CHANGELOG.md"), re.MULTILINE)[1] == version


@pytest.mark.parametrize("picture", sorted((ROOT / "docs" / "pictures").iterdir()), ids=_name)
def test_a_picture_is_small(picture):
    assert picture.stat().st_size < 250_000
