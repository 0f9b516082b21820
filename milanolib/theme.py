"""The design system's style sheet without the rules that no page of ours can use: `css/theme.css`.

The package's sheet weighs 612 kB, 90 on the wire, and every reader would wait for it before the first line appears.
A rule stays unless it asks for a class, an id or a `data-` attribute that no template and no script of ours writes.
So a class of the design system works once a template or a script names it in full; one put together from pieces, or
written in Python only, does not.

The demo, the tests and `collectstatic` find the same sheet through the same finder. It is made when it is first asked
for and again when the package, a template or a script brings a change that matters to it; it is kept in `.run`.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tinycss2
from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import FileSystemStorage

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

SHEET = "css/theme.css"  # beside the package's own, so that its addresses of fonts and pictures hold
PACKAGE = "bootstrap_italia_template"
WHOLE = "static/css/bootstrap-italia.min.css"
WORD = re.compile(r"-?[A-Za-z_][\w-]*")
VERSION = "1"  # of this file's work: a new one makes every sheet anew


class ThemeFinder(BaseFinder):
    """Finds the reduced sheet as if it were a file of the project."""

    def check(self, **_kwargs: Any) -> list[Any]:
        """Nothing can be set wrongly here."""
        return []

    def find(self, path: str, find_all: bool = False, **_kwargs: Any) -> Any:  # noqa: FBT001, FBT002  Django's own face
        """Return where the sheet is kept, made if need be; nothing for any other path."""
        if path != SHEET:
            return []
        found = str(sheet_folder() / SHEET)
        return [found] if find_all else found

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, FileSystemStorage]]:
        """Give the sheet and the storage that holds it."""
        del ignore_patterns
        yield SHEET, FileSystemStorage(location=sheet_folder())


@cache
def sheet_folder() -> Path:
    """Return the folder under which the sheet stands as `css/theme.css`. The folder's name tells what it is made of."""
    whole = _whole()
    names = set(WORD.findall(whole)) & _words(Path(settings.BASE_DIR))
    made_of = "\n".join([VERSION, whole, *sorted(names)])
    folder = Path(settings.BASE_DIR) / ".run" / "theme" / hashlib.sha256(made_of.encode()).hexdigest()[:16]
    sheet = folder / SHEET
    if not sheet.exists():
        sheet.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=sheet.parent, encoding="utf-8", delete=False) as part:
            part.write(reduced(whole, names))
        Path(part.name).chmod(0o644)
        Path(part.name).rename(sheet)  # whole or not at all: two processes may make it at once
    return folder


def reduced(sheet: str, names: Collection[str]) -> str:
    """Return the sheet without the rules that ask for a name that is not among `names`; its licence stays on top."""
    frames: dict[str, str] = {}
    kept = "".join(_kept(tinycss2.parse_stylesheet(sheet, skip_whitespace=True), names, frames))
    in_use = set(WORD.findall(kept))
    return kept + "".join(text for name, text in frames.items() if name in in_use)


def _whole() -> str:
    package = find_spec(PACKAGE)
    if package is None or not package.submodule_search_locations:
        raise ImproperlyConfigured(f"{PACKAGE} is not installed: it comes with requirements/base.txt")
    return (Path(package.submodule_search_locations[0]) / WHOLE).read_text(encoding="utf-8-sig")


def _words(root: Path) -> set[str]:
    """Return every word of our templates and scripts: more than the names in use, never fewer."""
    files = [*(root / "templates").rglob("*.html"), *(root / "static").rglob("*.js")]
    return {word for file in files for word in WORD.findall(file.read_text(encoding="utf-8"))}


def _kept(rules: Sequence[Any], names: Collection[str], frames: dict[str, str]) -> Iterator[str]:
    """Give the text of each rule that stays; steps of animations are put into `frames` by name."""
    for rule in rules:
        if rule.type == "comment":
            if rule.value.startswith("!"):
                yield f"/*{rule.value}*/\n"
        elif rule.type == "qualified-rule":
            selectors = [tinycss2.serialize(one).strip() for one in _selectors(rule.prelude) if _may_match(one, names)]
            if selectors:
                yield f"{','.join(selectors)}{{{tinycss2.serialize(rule.content)}}}"
        elif rule.type == "at-rule" and rule.lower_at_keyword in {"media", "supports"}:
            within = tinycss2.parse_blocks_contents(rule.content, skip_comments=True, skip_whitespace=True)
            if inner := "".join(_kept(within, names, frames)):
                yield f"@{rule.at_keyword}{tinycss2.serialize(rule.prelude)}{{{inner}}}"
        elif rule.type == "at-rule" and rule.lower_at_keyword.endswith("keyframes"):
            frames[tinycss2.serialize(rule.prelude).strip()] = rule.serialize()
        else:
            yield rule.serialize()


def _selectors(prelude: Sequence[Any]) -> list[list[Any]]:
    """Return the selectors of a rule, each as its tokens."""
    selectors: list[list[Any]] = [[]]
    for token in prelude:
        if token.type == "literal" and token.value == ",":
            selectors.append([])
        else:
            selectors[-1].append(token)
    return selectors


def _may_match(selector: Sequence[Any], names: Collection[str]) -> bool:
    """Tell whether pages may hold what a selector asks for; what stands in `:not(...)` and its like asks nothing."""
    is_class = False
    for token in selector:
        asked = ""
        if (token.type == "ident" and is_class) or token.type == "hash":
            asked = token.value
        elif token.type == "[] block":
            attribute = next((one.value for one in token.content if one.type == "ident"), "")
            asked = attribute if attribute.startswith("data-") else ""
        if asked and asked not in names:
            return False
        is_class = token.type == "literal" and token.value == "."
    return True
