"""The rule that decides a question, in words: the closed language of events and measures, read aloud.

A question's text is for people; its rule is what is counted. A reader who doubts an answer looks here first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

#: Labels that are listed by name; of more, only their number is told.
_LISTED = 4


@dataclass(frozen=True)
class Lexicon:
    """What names mean.

    Parameters
    ----------
    states : qualified state -> its sentence.
    labels : axis -> label -> name to show.
    """

    states: Mapping[str, str]
    labels: Mapping[str, Mapping[str, str]]

    def state(self, name: str) -> str:
        """A state in words; its name where nothing is known of it."""
        return self.states.get(name, name)

    def label(self, axis: str, label: Any) -> str:
        """A label as it is shown."""
        return str(self.labels.get(axis, {}).get(str(label), label))


def rule(spec: Mapping[str, Any], lexicon: Lexicon) -> str:
    """What decides a question.

    Parameters
    ----------
    spec : the question as written.
    lexicon : what its names mean.

    Returns
    -------
    str : a sentence or two; names are left as they are where a word is not known here.
    """
    if spec.get("chance") is not None:
        said = f"Counts as yes if {_event(spec['chance'], lexicon)}."
    else:
        said = f"Measures {_measure(spec.get('amount'), lexicon)}."
    if spec.get("given") is not None:
        said += f" Only futures count in which {_event(spec['given'], lexicon)}."
    if spec.get("minus_arm"):
        said += f" The same futures of arm '{spec['minus_arm']}' are subtracted, one by one."
    return said


def _one(spec: Any) -> tuple[str, Any]:
    """The word of a part, and what it is applied to."""
    if isinstance(spec, Mapping) and len(spec) == 1:
        return next(iter(spec.items()))
    return "", spec


def _event(spec: Any, lexicon: Lexicon) -> str:
    """An event in words."""
    word, given = _one(spec)
    say = _EVENTS.get(word)
    return say(given, lexicon) if say else f"'{word}' holds"


def _crosses(given: Any, lexicon: Lexicon) -> str:
    return f"{_series(given, lexicon)} {_condition(given)} at some time"


def _stays(given: Any, lexicon: Lexicon) -> str:
    return f"{_series(given, lexicon)} {_condition(given)} for {given.get('for')} without a break"


def _share_of_time(given: Any, lexicon: Lexicon) -> str:
    return (
        f"{_series(given, lexicon)} {_condition(given)} during at least {given.get('at_least')} of the time"
    )


def _before(given: Any, lexicon: Lexicon) -> str:
    return f"{_event(given[0], lexicon)}, strictly before {_event(given[1], lexicon)}"


def _within(given: Any, lexicon: Lexicon) -> str:
    after = f"the moment when {_event(given['after'], lexicon)}" if "after" in given else "the start"
    return f"{_event(given['event'], lexicon)}, within {_time(given['of'])} of {after}"


def _both(given: Any, lexicon: Lexicon) -> str:
    return " and ".join(f"({_event(part, lexicon)})" for part in given)


def _either(given: Any, lexicon: Lexicon) -> str:
    return " or ".join(f"({_event(part, lexicon)})" for part in given)


def _never(given: Any, lexicon: Lexicon) -> str:
    return f"it never happens that {_event(given, lexicon)}"


def _peaks(given: Any, lexicon: Lexicon) -> str:
    return f"{_series(given, lexicon)} has its peak"


def _peaks_at(given: Any, lexicon: Lexicon) -> str:
    axis = str(given.get("axis"))
    most = lexicon.label(axis, given.get("label"))
    return f"{most} has a higher peak of {lexicon.state(given.get('of', ''))} than any other {axis}"


_EVENTS: dict[str, Callable[[Any, Lexicon], str]] = {
    "crosses": _crosses,
    "stays": _stays,
    "share_of_time": _share_of_time,
    "before": _before,
    "within": _within,
    "both": _both,
    "either": _either,
    "never": _never,
    "peaks": _peaks,
    "peaks_at": _peaks_at,
}
_OF_SERIES = {
    "largest": "the largest value of {}",
    "smallest": "the smallest value of {}",
    "last": "{} at the end of the run",
    "change": "how much {} changes from the first day to the last",
}


def _measure(spec: Any, lexicon: Lexicon) -> str:
    """A measure in words."""
    word, given = _one(spec)
    if word in _OF_SERIES:
        return _OF_SERIES[word].format(_series(given, lexicon))
    if word == "day_of":
        return f"the first day on which {_event(given, lexicon)}"
    if word == "time_between":
        return f"the time from when {_event(given[0], lexicon)} to when {_event(given[1], lexicon)}"
    return f"'{word}'"


def _series(given: Mapping[str, Any], lexicon: Lexicon) -> str:
    """A series in words."""
    if "add" in given:
        return " plus ".join(_series(part, lexicon) for part in given["add"]) + _per(given, lexicon)
    name, parts = lexicon.state(str(given.get("of", ""))), []
    for axis, labels in (given.get("at") or {}).items():
        parts.append(f" ({_labels(axis, labels, lexicon)})")
    said = name + "".join(parts)
    for axis in _axes(given.get("count")):
        limit = given.get("where_is", given.get("where_above"))
        said = f"the number of {axis}s with {said} {'at' if 'where_is' in given else 'over'} {_quoted(limit)}"
    for axis in _axes(given.get("sum")):
        said = f"{said} (all {axis}s together)"
    for word in ("largest", "smallest"):
        for axis in _axes(given.get(word)):
            said = f"{said} (in the {axis} where it is {word})"
    return said + _per(given, lexicon)


def _axes(given: Any) -> list[str]:
    """The axes of a reduction."""
    return [str(axis) for axis in given] if isinstance(given, (list, tuple)) else [given] if given else []


def _labels(axis: str, labels: Any, lexicon: Lexicon) -> str:
    """Labels by name, or how many they are."""
    listed = labels if isinstance(labels, (list, tuple)) else [labels]
    if len(listed) > _LISTED:
        return f"{len(listed)} {axis}s"
    return ", ".join(lexicon.label(axis, label) for label in listed)


def _per(given: Mapping[str, Any], lexicon: Lexicon) -> str:
    """What a series is divided by."""
    if not given.get("per"):
        return ""
    owner, _, fact = str(given["per"]).partition(".")
    return f" as a share of the {fact.replace('_', ' ')} ({owner})"


def _condition(given: Mapping[str, Any]) -> str:
    """A condition in words."""
    words = {"above": "exceeds", "below": "is below", "is": "is", "is_not": "is not"}
    found = next(((words[key], given[key]) for key in words if key in given), ("holds", ""))
    return f"{found[0]} {_quoted(found[1])}".strip()


def _quoted(value: Any) -> str:
    """A threshold as written; names of levels in quotes."""
    if isinstance(value, (list, tuple)):
        return " or ".join(map(_quoted, value))
    text = str(value)
    return text if not text or text[0].isdigit() or text[0] in "-+." else f"'{text}'"


def _time(value: Any) -> str:
    """A length of time as written, its day spelt out."""
    text = str(value)
    return f"{text[:-2]} days" if text.endswith(" d") else text
