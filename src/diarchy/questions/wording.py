"""Answers as a person would say them: natural frequencies, ranges, units; one wording for every door."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

#: A chance nearer to 0 or 1 than this is told out of a thousand futures, another out of a hundred.
RARE = 0.0095
#: Below this, so many futures of a hundred or a thousand get a decimal.
FEW = 2
#: Decimals that a number has at most, by unit: people are whole, and a share or an hour needs no more.
DECIMALS = {"people": 0, "day": 2, "1": 3}
#: Decimals that a number of any other unit has at most.
FINEST = 6
Answer = Mapping[str, Any]


def in_words(answer: Answer) -> str:
    """An answer as a person would say it.

    >>> in_words({"kind": "probability", "value": 0.12})
    'about 12 in 100 futures'
    """
    value, unit = answer["value"], answer.get("unit", "")
    if value is None:
        return f"cannot be said: {answer.get('why', {}).get('value', 'no future meets the condition')}"
    if answer["kind"] == "probability":
        return _chance(value)
    if unit == "probability":
        return _difference(value)
    quantiles = answer.get("quantiles") or {}
    told = number(value, unit)
    if told == "0" and value:
        told = "about 0"
    spread = _range([quantiles.get("0.05"), quantiles.get("0.95")], lambda end: number(end, unit))
    return f"{told} {_unit(told, unit)}".strip() + (f" ({spread})" if spread else "")


def _unit(told: str, unit: str) -> str:
    """A unit as it stands behind a number."""
    return {"1": "", "day": "day" if told == "1" else "days"}.get(unit, unit)


def _chance(value: float) -> str:
    """A probability as a natural frequency; rare and near-certain ones out of a thousand."""
    if value <= 0.0:
        return "in no future"
    if value >= 1.0:
        return "in every future"
    if _whole([value]) == 100:
        return f"about {100 * value:.0f} in 100 futures"
    if value < 0.0005:
        return "less than 1 in 1,000 futures"
    return (
        f"about {1000 * value:.0f} in 1,000 futures" if value < 0.9995 else "more than 999 in 1,000 futures"
    )


def _difference(value: float) -> str:
    """A difference of probabilities as so many futures more or fewer."""
    if not value:
        return "no difference"
    whole = _whole([value])
    points = round(abs(whole * value), 1 if whole == 100 else 0)
    told = f"{points:g}" if points else "less than 1"
    return f"{told} in {whole:,} {'more' if value > 0 else 'fewer'}"


def _whole(shares: Sequence[float]) -> int:
    """Out of how many futures shares are told: a thousand when all of them are close to 0 or to 1."""
    close = all(min(abs(share), abs(1 - share)) < RARE for share in shares)
    return 1000 if close else 100


def _counted(share: float, whole: int) -> str:
    """A share as so many of a whole; a few with one decimal."""
    count = share * whole
    return _trim(f"{count:,.{1 if abs(count) < FEW else 0}f}")


def _range(ends: Sequence[float | None] | None, told: Callable[[float], str]) -> str:
    """A range, open upwards when its upper end is not known; nothing when the lower is not."""
    if not ends or ends[0] is None:
        return ""
    return f"{told(ends[0])} or more" if ends[1] is None else f"{told(ends[0])} to {told(ends[1])}"


def _trim(text: str) -> str:
    """A number without a sign on its zero and without empty decimals."""
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def number(value: float, unit: str = "") -> str:
    """A quantity with as many digits as a person wants, two or more where its unit allows them.

    >>> number(36831.2), number(12.345), number(0.0123), number(0), number(12.5, "people")
    ('36,831', '12.3', '0.012', '0', '12')
    >>> number(-1.4e-05, "1"), number(0.00099, "1"), number(0.161, "1")
    ('0', '0.001', '0.16')
    """
    if value == 0:
        return "0"
    size = math.floor(math.log10(abs(value)))
    wanted = 0 if size > 1 else max(1, 1 - size)
    return _trim(f"{value:,.{min(wanted, DECIMALS.get(unit, FINEST))}f}")


def span(answer: Answer, bar: str) -> str:
    """One error bar of an answer, in its unit; that of a chance out of as many futures as the answer."""
    ends, unit = answer["interval"].get(bar), answer.get("unit", "")
    if answer["kind"] != "probability" and unit != "probability":
        return _range(ends, lambda end: number(end, unit)) or "none"
    value = answer["value"]
    # Never and always have no scale of their own: that of how far from them the bar reaches.
    own = value is not None and value not in (0.0, 1.0)
    whole = _whole([value] if own else [end for end in ends or () if end is not None])
    told = _range(ends, lambda end: _counted(end, whole))
    return (f"{told} in 1,000" if whole == 1000 else told) if told else "none"


def outside(answer: Answer) -> str:
    """The base rate of comparable cases, with how many there are."""
    view = answer.get("outside")
    if not view:
        return "none"
    value = view["value"]
    told = number(value, answer.get("unit", ""))
    if answer["kind"] == "probability":
        whole = _whole([value])
        told = f"{_counted(value, whole)} in {whole:,}"
    return f"{told} ({view['n']:,} cases)" if view.get("n") else told


def happened(answer: Answer) -> str:
    """What happened in the world, for scoring only."""
    truth = answer.get("resolved")
    if not truth:
        return ""
    value = truth["value"]
    said = number(value, answer.get("unit", ""))
    if answer["kind"] == "probability":
        said = {0: "no", 1: "yes"}.get(value, str(value))
    return f"{said}, {truth['date']}" if truth.get("date") else said
