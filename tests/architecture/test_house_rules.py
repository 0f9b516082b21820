"""Rules of the house that a linter does not know."""

import ast
import re
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

OWN = (
    "outbox",
    "accounts",
    "notifications",
    "branches",
    "catalog",
    "loans",
    "proximity",
    "registry",
    "partnerships",
    "interop",
    "portal",
)
SOURCES = [
    path
    for name in (*OWN, "milanolib")
    for path in (settings.BASE_DIR / name).rglob("*.py")
    if "migrations" not in path.parts
]
TEMPLATES = list((settings.BASE_DIR / "templates").rglob("*.html"))
CLOCK = re.compile(r"timezone\.now\(|date\.today\(|datetime\.now\(|utcnow\(|localdate\(")
WITHOUT_DJANGO = "embedded"  # the supervisor and its mail server run beside Django, on the machine's own clock


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(settings.BASE_DIR)))
def test_only_one_module_asks_the_system_for_the_time(path):
    if path.name == "clock.py" or WITHOUT_DJANGO in path.parts:
        return
    assert not CLOCK.search(path.read_text())


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(settings.BASE_DIR)))
def test_gettext_is_given_plain_strings_with_named_places(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"_", "gettext", "gettext_lazy", "ngettext"}:
            for argument in node.args[:2]:
                assert not isinstance(argument, ast.JoinedStr | ast.BinOp), f"line {node.lineno}"
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    assert not re.search(r"%[sd]", argument.value), f"line {node.lineno}"


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(settings.BASE_DIR)))
def test_templates_have_no_inline_code_or_style(path):
    text = path.read_text()

    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=\"", text)


def test_every_constraint_has_a_name_of_ours():
    for label in OWN:
        for model in apps.get_app_config(label).get_models():
            for constraint in model._meta.constraints:
                assert re.fullmatch(r"[a-z]+(_[a-z0-9]+)+", constraint.name), constraint.name


def test_source_files_stay_near_four_hundred_lines():
    long = {str(path): lines for path in SOURCES if (lines := len(Path(path).read_text().splitlines())) > 450}

    assert long == {}
