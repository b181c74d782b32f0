"""Check a bundle against its schema, by the few words of JSON Schema that the schema uses.

The front end reads the same ``bundle.schema.json`` with the same few words, so that both sides refuse the
same documents. The words are all that ``_WORDS`` lists; a schema that uses another one is itself refused.
"""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from diarchy.ensemble.kinds import number
from diarchy.errors import Fault, ResultsError

FILE = Path(__file__).with_name("bundle.schema.json")
#: The words of JSON Schema that are understood; the second line only tells people something.
_WORDS = {"type", "properties", "required", "additionalProperties", "items", "enum", "const", "$ref"} | {
    "$schema", "$id", "$defs", "title", "description",
}  # fmt: skip
_MOST = 20  # faults that are told
_TYPES: dict[str, Any] = {
    "object": lambda v: isinstance(v, dict),
    "array": lambda v: isinstance(v, (list, tuple)),
    "string": lambda v: isinstance(v, str),
    "number": number,
    "integer": lambda v: isinstance(v, int) and not isinstance(v, bool),
    "boolean": lambda v: isinstance(v, bool),
    "null": lambda v: v is None,
}
#: Python's classes of the plain types.
_CLASSES = {"number": (int, float), "integer": (int,), "null": (type(None),)}


@functools.cache
def schema() -> dict[str, Any]:
    """The schema of a bundle, as it ships."""
    found = json.loads(FILE.read_text(encoding="utf-8"))
    check_words(found)
    return found


def check_words(rule: Any) -> None:
    """Refuse a schema, or a part of one, that uses words that are not understood."""
    if unknown := set(rule) - _WORDS:
        raise ValueError(f"the schema uses words that are not understood: {', '.join(sorted(unknown))}")
    inside = [*rule.get("properties", {}).values(), *rule.get("$defs", {}).values()]
    for part in (*inside, rule.get("items"), rule.get("additionalProperties")):
        if isinstance(part, Mapping):
            check_words(part)


def check(document: Any) -> None:
    """Refuse a document that does not hold to the schema.

    Raises
    ------
    ResultsError : where, and what was expected; the first faults of all.
    """
    found = faults(document, schema(), schema(), "bundle")
    first = [fault for fault, _ in zip(found, range(_MOST), strict=False)]
    if first:
        raise ResultsError(first)


def faults(value: Any, rule: Mapping[str, Any], root: Mapping[str, Any], where: str) -> Iterator[Fault]:
    """What is wrong with a value.

    Parameters
    ----------
    value, rule : what is checked, and by which part of the schema.
    root : the whole schema, for its ``$defs``.
    where : path of the value.
    """
    if "$ref" in rule:
        yield from faults(value, root["$defs"][rule["$ref"].rpartition("/")[2]], root, where)
        return
    allowed = rule.get("type")
    kinds = [allowed] if isinstance(allowed, str) else allowed or []
    if kinds and not any(_TYPES[kind](value) for kind in kinds):
        yield Fault(f"expected {' or '.join(kinds)}", where)
        return
    if "const" in rule and value != rule["const"]:
        yield Fault(f"expected '{rule['const']}'", where)
    if "enum" in rule and value not in rule["enum"]:
        yield Fault("is not taken", where, ", ".join(map(str, rule["enum"])))
    if isinstance(value, dict):
        yield from _of_object(value, rule, root, where)
    elif isinstance(value, (list, tuple)) and "items" in rule and not _plain(value, rule["items"]):
        for i, item in enumerate(value):
            yield from faults(item, rule["items"], root, f"{where}[{i}]")


def _plain(values: Sequence[Any], rule: Mapping[str, Any]) -> bool:
    """Whether a list holds nothing but values of its rule's plain types: the long lists are numbers."""
    if set(rule) != {"type"}:
        return False
    names = [rule["type"]] if isinstance(rule["type"], str) else rule["type"]
    if not set(names) <= set(_CLASSES):
        return False
    found = set(map(type, values))
    if not found <= {c for name in names for c in _CLASSES[name]}:
        return False
    return float not in found or all(value is None or math.isfinite(value) for value in values)


def _of_object(
    value: Mapping[str, Any], rule: Mapping[str, Any], root: Mapping[str, Any], where: str
) -> Iterator[Fault]:
    """What is wrong with the keys of an object."""
    properties, others = rule.get("properties", {}), rule.get("additionalProperties", True)
    for name in rule.get("required", ()):
        if name not in value:
            yield Fault(f"'{name}' is missing", where)
    for name, item in value.items():
        if name in properties:
            yield from faults(item, properties[name], root, f"{where}.{name}")
        elif others is False:
            yield Fault(f"'{name}' is not known", where)
        elif isinstance(others, Mapping):
            yield from faults(item, others, root, f"{where}.{name}")
