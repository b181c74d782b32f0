"""Units at the door: quantities in files carry units, kernels see bare floats with time in days.

pint does the algebra; it is imported when the first quantity is read, since it costs 0.4 s.
"""

from __future__ import annotations

import functools
import math
import re
from typing import Any

#: Units that crises need and pint does not know. Money of a case is one unit; no exchange rates here.
DEFINITIONS = (
    "people = [people] = person",
    "local_currency = [money] = tenge = som = rouble",
    "dollar = [dollar]",
)
#: What a unit may look like: names with one-digit powers, joined by * and /. Nothing that pint could compute
#: with.
_PART = r"(?:1|[A-Za-zµ_]+(?:(?:\*\*|\^)-?\d)?)"
_UNIT = re.compile(rf"{_PART}(?:\s*[*/ ]\s*{_PART}){{0,8}}")
_QUANTITY = re.compile(r"^\s*([-+]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(.*)$")


@functools.cache
def _registry() -> Any:
    """The one unit registry."""
    import pint

    registry: Any = pint.UnitRegistry()
    for line in DEFINITIONS:
        registry.define(line)
    return registry


@functools.lru_cache(maxsize=4096)
def _factor(unit: str, target: str) -> float:
    """How many `target` one `unit` is."""
    registry = _registry()
    one = registry.Quantity(1.0, registry.Unit(unit or "1"))
    return float(one.to(registry.Unit(target or "1")).magnitude)


def convert(value: float, unit: str, target: str) -> float:
    """A magnitude in another unit.

    Raises
    ------
    ValueError : a unit that nobody knows, or units that measure different things.

    >>> convert(6, "h", "day")
    0.25
    """
    if unit == target:
        return float(value)
    unit, scale = ("1", 0.01) if unit == "%" else (unit, 1.0)
    try:
        return float(value) * scale * _factor(_spell(unit), _spell(target))
    except Exception as error:  # pint raises a family of errors, some of them AttributeError
        raise ValueError(f"unit '{unit}' does not fit '{target}' ({type(error).__name__})") from None


def _spell(unit: str) -> str:
    """A unit in pint's spelling: '1' for none, 'l' for litre, 'd' for day."""
    unit = unit.strip()
    if unit and (len(unit) > 64 or not _UNIT.fullmatch(unit)):
        raise ValueError("not a unit")
    return {"": "1", "d": "day", "1/d": "1/day"}.get(unit, unit)


def known(unit: str) -> bool:
    """Whether a unit can be read at all."""
    try:
        _registry().Unit(_spell(unit) if unit != "%" else "1")
    except Exception:  # any failure of pint means that it does not know the unit
        return False
    return True


def read_quantity(text: str | float | int | bool, target: str) -> float:
    """A quantity as written in a file, in the unit that a declaration asks for.

    Parameters
    ----------
    text : ``"60 tenge/l"``, ``"6 h"``, ``"2 %"``, or a bare number (taken in `target`).
    target : the unit to give it in.

    Raises
    ------
    ValueError : no number, a non-finite number, an unknown or unfitting unit.

    >>> read_quantity("6 h", "day"), read_quantity("2 %", "1"), read_quantity(3, "day")
    (0.25, 0.02, 3.0)
    """
    if isinstance(text, bool):
        raise ValueError(f"expected a quantity in '{target}', found {text}")
    if isinstance(text, (int, float)):
        value, unit = float(text), target
    else:
        match = _QUANTITY.match(text) if len(text) < 200 else None
        if match is None:
            raise ValueError(f"expected a number with unit '{target}', found '{text[:40]}'")
        value, unit = float(match[1].replace("_", "")), match[2].strip() or target
    if not math.isfinite(value):
        raise ValueError(f"'{text}' is not a finite number")
    return convert(value, unit, target)
