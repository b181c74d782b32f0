"""Put a document through one of the schema's models, and word every fault as ours: where, what is allowed."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from typing import Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError

from diarchy.errors import Faults, nearest
from diarchy.scenario.files import Document, shown

Model = TypeVar("Model", bound=BaseModel)


def take(model: type[Model], document: Document, faults: Faults) -> Model | None:
    """A document as one of the models, or None and every fault in our words.

    Parameters
    ----------
    model, document : what is expected, and what was read.
    faults : where faults go; a place that is already at fault is not faulted again.
    """
    try:
        return model.model_validate(document.data)
    except ValidationError as error:
        taken = {fault.where for fault in faults.found}
        for detail in error.errors(include_url=False):
            fault = _explain(model, document, detail)
            if fault["where"] not in taken:
                faults.add(**fault)
        return None


def fits(model: type[BaseModel], data: Any) -> bool:
    """Whether a part of a document can be taken."""
    try:
        model.model_validate(data)
    except ValidationError:
        return False
    return True


#: How often what cannot be taken is taken out: a part can hide what is wrong with the one that it is in.
_ROUNDS = 4


def salvage(model: type[Model], document: Document, stand_ins: Mapping[str, Any]) -> Model | None:
    """What is left of a document when the parts that cannot be taken are taken out; None if nothing can be.

    It is good for finding faults in the parts that are left, and for nothing else.

    Parameters
    ----------
    model, document : as in `take`, which has refused it and told why.
    stand_ins : key -> what stands in for it, or for its own keys, where it is missing or was taken out.
    """
    data = copy.deepcopy(document.data)
    for _ in range(_ROUNDS):
        for key, value in stand_ins.items():
            if isinstance(value, Mapping) and isinstance(data.get(key), dict):
                data[key] = {**value, **data[key]}
            else:
                data.setdefault(key, copy.deepcopy(value))
        try:
            return model.model_validate(data)
        except ValidationError as error:
            for detail in error.errors(include_url=False):
                _take_out(data, [part for part in detail["loc"] if part != "[key]"])
    return None


def _take_out(data: dict[str, Any], path: list[Any]) -> None:
    """Take out what lies at a path; where that is missing, or lies in a list, what it lies in."""
    place: Any = data
    holder: tuple[Any, Any] | None = None
    for part in path:
        if not isinstance(place, dict) or part not in place:
            break
        holder, place = (place, part), place[part]
    if holder is not None:
        del holder[0][holder[1]]


#: What each of pydantic's complaints about a type expects, in words for a reader of YAML.
_EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "float_type": "a number",
    "dict_type": "keys with values",
    "tuple_type": "a list",
    "model_type": "keys with values",
    "model_attributes_type": "keys with values",
}
#: How a broken bound is worded, and what pydantic calls the bound.
_BOUNDS = {
    "greater_than_equal": ("at least", "ge"),
    "less_than_equal": ("at most", "le"),
    "too_short": ("items at least", "min_length"),
    "too_long": ("items at most", "max_length"),
    "string_too_short": ("characters at least", "min_length"),
    "string_too_long": ("characters at most", "max_length"),
}


def _explain(model: type[BaseModel], document: Document, detail: Any) -> dict[str, str]:
    """One of pydantic's complaints in our words."""
    path = [part for part in detail["loc"] if part != "[key]"]
    where, key = document.at(*path), ".".join(str(p) for p in path) or "the file"
    kind, context, found = detail["type"], detail.get("ctx", {}), shown(detail["input"])
    if kind in ("extra_forbidden", "missing"):
        fields = _fields_at(model, path[:-1])
        if kind == "missing":
            about = fields[path[-1]].description or ""
            return {"what": f"'{key}' is missing", "where": where, "cure": f"add it: {about}"}
        allowed, near = ", ".join(fields), nearest(str(path[-1]), fields)
        return {"what": f"no key '{shown(key, 80)}'", "where": where, "allowed": allowed, "near": near}
    if kind == "value_error":
        return {"what": f"{shown(key, 80)}: {context['error']}", "where": where}
    if kind in _EXPECTED:
        return {"what": f"{shown(key, 80)}: expected {_EXPECTED[kind]}, found {found}", "where": where}
    if kind in _BOUNDS:
        words, bound = _BOUNDS[kind]
        return {
            "what": f"{key}: {found} is out of bounds",
            "where": where,
            "allowed": f"{words} {context[bound]}",
        }
    if kind == "literal_error":
        near = nearest(str(detail["input"]), re.findall(r"'([^']*)'", context["expected"]))
        what = f"{key}: '{found}' is not taken"
        return {"what": what, "where": where, "allowed": context["expected"], "near": near}
    return {"what": f"{shown(key, 80)}: {found} cannot be taken", "where": where}


def _fields_at(model: Any, path: list[Any]) -> dict[str, Any]:
    """The fields, by the names used in files, of the model at a path inside another."""
    here: Any = model
    for part in path:
        here = _inside(here, part)
    return {f.alias or name: f for name, f in here.model_fields.items()}


def _inside(here: Any, part: Any) -> Any:
    """The type of what lies at one key."""
    if isinstance(here, type) and issubclass(here, BaseModel):
        here = {f.alias or name: f for name, f in here.model_fields.items()}[part].annotation
    elif get_origin(here) is dict:
        here = get_args(here)[1]
    elif get_origin(here) is tuple:
        here = get_args(here)[0]
    models = [a for a in get_args(here) if isinstance(a, type) and issubclass(a, BaseModel)]
    return models[0] if models and type(None) in get_args(here) else here
