"""Whatever the code cites is in the bibliography, under one key each."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCES = sorted((ROOT / "src").rglob("*.py"))
BIBLIOGRAPHY = (ROOT / "docs" / "references.bib").read_text(encoding="utf-8")
KEYS = re.findall(r"^@\w+\{([^,\s]+),", BIBLIOGRAPHY, re.M)
SECTION = re.compile(r"^ *References\n *-{5,}\n(.*?)(?:\n\s*\n|\Z)", re.M | re.S)


def cited_in_docstrings(tree):
    """The keys of all `References` sections: one or several, parted by commas or lines."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)):
            for section in SECTION.findall(ast.get_docstring(node) or ""):
                yield from re.findall(r"[\w-]+", section)


def cited_in_declarations(tree):
    """First arguments of `Source`, and the `references` of a mechanism."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id == "Source":
                yield from (a.value for a in node.args[:1] if isinstance(a, ast.Constant))
            elif node.func.id == "Mechanism":
                tuples = [k.value for k in node.keywords if k.arg == "references"]
                yield from (key for value in tuples for key in ast.literal_eval(value))


@pytest.mark.parametrize("cited", [cited_in_docstrings, cited_in_declarations])
def test_every_key_that_the_code_cites_is_in_the_bibliography(cited):
    found = {
        (path.name, key) for path in SOURCES for key in cited(ast.parse(path.read_text(encoding="utf-8")))
    }
    assert len(found) > 10  # the search itself works
    assert sorted((name, key) for name, key in found if key not in KEYS) == []


def test_no_key_of_the_bibliography_is_given_twice():
    assert sorted({key for key in KEYS if KEYS.count(key) > 1}) == []
