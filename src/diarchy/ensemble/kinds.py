"""The kinds of what a manifest says: its readers take them as given, so another kind is told before.

A checksum says that a manifest is what was written, not that it was written by this program.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any

_Check = Callable[[Any], bool]
_MOST = sys.float_info.max


def whole(value: Any, low: int = 0) -> bool:
    """Whether a JSON value is a whole number of at most 64 bits, not below `low`."""
    return isinstance(value, int) and not isinstance(value, bool) and low <= value < 2**64


def number(value: Any) -> bool:
    """Whether a JSON value is a finite number."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and -_MOST <= value <= _MOST


def _text(value: Any) -> bool:
    """Whether it is text."""
    return isinstance(value, str)


def _some(value: Any) -> bool:
    """Whether it is a whole number, and not none."""
    return whole(value, 1)


def _any(_: Any) -> bool:
    """Whatever it is."""
    return True


def _list(check: _Check) -> _Check:
    """A list of such values."""
    return lambda value: isinstance(value, list) and all(map(check, value))


def named(check: _Check) -> _Check:
    """Such values by name."""
    return lambda value: isinstance(value, dict) and all(map(check, value.values()))


_MUST: dict[str, _Check] = {
    "seed": whole,
    "arms": lambda value: _list(_text)(value) and len(value) > 0,
    "planned": named(whole),
    "futures": _some,
    "block": _some,
    "design": named(_any),
    "states": named(named(_any)),
    "facts": named(named(number)),
    "watched": named(_list(_text)),
}
#: What may also be absent: a run from Python has no case, one that goes on has not yet taken any time.
_MAY: dict[str, _Check] = {
    "hypotheses": named(named(_any)),
    "overrides": _list(_text),
    "only": lambda value: value is None or _list(whole)(value),
    "switched": named(whole),
    "branched_from": _text,
    "engine_s": number,
    "cpu_s": number,
    "elapsed_s": number,
    "peak_memory_mb": number,
}


def check_kinds(said: Mapping[str, Any]) -> None:
    """Refuse a manifest that lacks what its readers need, or says it in another kind.

    Raises
    ------
    ValueError : naming the entries.
    """
    lacking = [name for name in _MUST if name not in said]
    wrong = [name for name, check in (_MUST | _MAY).items() if name in said and not check(said[name])]
    if not lacking and not wrong and set(said["planned"]) != set(said["arms"]):
        wrong = ["planned"]
    if lacking or wrong:
        parts = [("lacks", lacking), ("cannot be so in", wrong)]
        raise ValueError(
            "it " + ", and ".join(f"{what} {', '.join(names)}" for what, names in parts if names)
        )
