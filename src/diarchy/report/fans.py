"""What the futures do over time: fans of numbers, shares of futures by level, and places on a map.

A state is taken as its unit and axes ask: people are added up over their axes, shares are counted where they
exceed one half, categories become shares of futures. Names and numbers are those of the store.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from diarchy.questions.vocabulary import StateWord
from diarchy.report.seen import Seen, Store, names_of

#: Quantiles of a fan: its 90 and 50 % bands and its median.
QUANTILES = {"q05": 0.05, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q95": 0.95}
#: A share above this holds in a place: in force, cut, lost.
HALF = 0.5
#: How the sentence of a switch begins, which says nothing where its levels are called yes and no.
SWITCHED = re.compile(r"^1 (once|in a step in which) ")
_DIGITS = 3  # of a number that is drawn, when it is no whole number


def rounded(values: Any, digits: int = _DIGITS) -> list[Any]:
    """An array as nested lists of short numbers: whole from a hundred on, else with a few digits; no NaN."""
    array = np.asarray(values, dtype=float)
    flat = array.ravel()
    plain = np.isfinite(flat) & ((np.abs(flat) >= 10**digits) | (flat == np.trunc(flat)))
    whole = np.rint(np.where(plain, flat, 0.0)).astype(np.int64).tolist()
    told = [
        number if is_whole else short(value, digits)
        for number, is_whole, value in zip(whole, plain.tolist(), flat.tolist(), strict=True)
    ]
    for size in array.shape[:0:-1]:
        told = [told[i : i + size] for i in range(0, len(told), size)]
    return told


def short(value: float, digits: int) -> float | int | None:
    """One number, as short as it may be."""
    if not np.isfinite(value):
        return None
    if abs(value) >= 10**digits or value == int(value):
        return round(value)
    told = float(f"{value:.{digits}g}")
    return int(told) if told == int(told) else told


def percent(shares: Any) -> list[Any]:
    """Shares as whole numbers in 100 futures; what is rare but there is at least 1, at most 99."""
    array = np.asarray(shares, dtype=float)
    told = np.rint(100 * array)
    told = np.where((array > 0) & (told < 1), 1, told)
    told = np.where((array < 1) & (told > 99), 99, told)
    return told.astype(int).tolist()


def _share(holds: np.ndarray) -> np.ndarray:
    """In which part of the futures something holds (future, ...) -> (...)."""
    return np.count_nonzero(holds, axis=0) / len(holds)


def unrepeated(values: list[Any]) -> list[Any]:
    """A list over time without the repeats at its end: much stays as it is once a crisis is over.

    >>> unrepeated([0, 3, 7, 7, 7])
    [0, 3, 7]
    """
    last = len(values)
    while last > 1 and values[last - 1] == values[last - 2]:
        last -= 1
    return values[:last]


def series_of(store: Store, seen: Seen, played: Sequence[int]) -> dict[str, Any]:
    """Fans of one arm: name -> quantiles over time, and the paths of single futures.

    Parameters
    ----------
    store, seen : the store, and the pass over one arm.
    played : places along the run axis of futures whose paths are drawn too.
    """
    found = {}
    for name, values in seen.states.items():
        word = store.vocabulary.states[name]
        if word.levels or _is_switch(word, values):
            continue
        paths, unit = _total(word, values)
        lines = np.quantile(paths, list(QUANTILES.values()), axis=0)
        own = {str(run): rounded(paths[place]) for run, place in _places(seen, played)}
        doc = str(store.attrs["states"][name]["doc"])
        found[name] = {"unit": unit, "doc": doc, "paths": own} | dict(
            zip(QUANTILES, map(rounded, lines), strict=True)
        )
    return found


def _places(seen: Seen, played: Sequence[int]) -> list[tuple[int, int]]:
    """Runs that are played and kept, each with its place among those kept."""
    where = {int(row): place for place, row in enumerate(seen.rows)}
    return [(run, where[run]) for run in played if run in where]


def _is_switch(word: StateWord, values: np.ndarray) -> bool:
    """Whether a state is only ever off or on, so that quantiles of it would say nothing."""
    return word.unit == "1" and "place" not in word.dims and bool(np.isin(values, (0.0, 1.0)).all())


def _total(word: StateWord, values: np.ndarray) -> tuple[np.ndarray, str]:
    """One number per future and time, and its unit: people added up, shares counted where above one half."""
    if not word.dims:
        return values, word.unit
    axes = tuple(range(2, values.ndim))
    if word.unit == "1":
        return (values > HALF).sum(axis=axes), f"{word.dims[0]}s"
    return values.sum(axis=axes, dtype=float), word.unit


def boards_of(
    store: Store, seen: Seen, about: Mapping[str, Any] | None, played: Sequence[int]
) -> dict[str, Any]:
    """Boards of one arm: each category or switch, and in how many of 100 futures it has which level.

    Returns
    -------
    dict : state -> axis, labels, names, levels, doc, ``share`` [label][level][time] in 100, and ``paths``
        run -> [label][time] level, of futures that are played.
    """
    found = {}
    for name, values in seen.states.items():
        word = store.vocabulary.states[name]
        switch = not word.levels and _is_switch(word, values)
        if not (word.levels or switch) or "place" in word.dims or len(word.dims) > 1:
            continue
        levels = list(word.levels) or ["no", "yes"]
        cells = values.astype(np.int8).reshape(*values.shape[:2], -1)
        labels = list(store.vocabulary.axes[word.dims[0]]) if word.dims else [""]
        share = [[unrepeated(percent(_share(cells[:, :, i] == k))) for k in range(len(levels))]
                 for i in range(len(labels))]  # fmt: skip
        found[name] = {
            "axis": word.dims[0] if word.dims else "",
            "labels": labels,
            "names": names_of(about, word.dims[0], labels) if word.dims else [""],
            "levels": levels,
            "doc": SWITCHED.sub("", str(store.attrs["states"][name]["doc"])),
            "share": share,
            "paths": {
                str(run): [unrepeated(path) for path in cells[place].T.tolist()]
                for run, place in _places(seen, played)
            },
        }
    return found


def measures_of(store: Store, about: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """What can be shown by place: one record a measure, the same for every arm."""
    thresholds = (((about or {}).get("map") or {}).get("thresholds")) or {}
    found = []
    for name, word in store.vocabulary.states.items():
        if word.dims != ("place",):
            continue
        doc = str(store.attrs["states"][name]["doc"])
        one: dict[str, Any] = {"of": name, "unit": word.unit}
        if word.levels:
            found += [
                one | {"id": f"{name}/{level}", "kind": "level", "level": k, "text": f"{doc}: {level}"}
                for k, level in enumerate(word.levels) if k
            ]  # fmt: skip
            continue
        above = float(thresholds.get(name, HALF))
        limit = "" if above == HALF else f", more than {above:,.0f}"
        found.append(one | {"id": f"{name}/share", "kind": "share", "above": above, "text": f"{doc}{limit}"})
        if word.unit != "1":
            found.append(one | {"id": f"{name}/median", "kind": "median", "text": f"{doc}, median"})
            found.append(
                one | {"id": f"{name}/high", "kind": "high", "text": f"{doc}, 1 future in 20 has more"}
            )
    found.sort(key=lambda measure: measure["of"] not in thresholds)
    return found


def by_place(measures: Sequence[Mapping[str, Any]], seen: Seen, played: Sequence[int]) -> dict[str, Any]:
    """Values of some measures in one arm: measure -> [time][place], later repeats left out.

    Parameters
    ----------
    measures : as `measures_of` gives them, or some of them.
    seen : the pass over one arm.
    played : futures whose own numbers are given too, of the first measure's state.
    """
    found: dict[str, Any] = {}
    levels: dict[str, dict[str, np.ndarray]] = {}  # of a state, taken together: sorting takes the time
    for measure in measures:
        values = seen.states.get(measure["of"])
        if values is None:
            continue
        if measure["kind"] == "level":
            shown = percent(_share(values == measure["level"]))
        elif measure["kind"] == "share":
            shown = percent(_share(values > measure["above"]))
        else:
            if measure["of"] not in levels:
                taken = np.quantile(values, list(_LEVEL.values()), axis=0)
                levels[measure["of"]] = dict(zip(_LEVEL, taken, strict=True))
            shown = rounded(levels[measure["of"]][measure["kind"]], 2)
        found[measure["id"]] = unrepeated(shown)
    if measures and measures[0]["of"] in seen.states:
        values = seen.states[measures[0]["of"]]
        for run, place in _places(seen, played):
            found[f"{measures[0]['of']}/run {run}"] = unrepeated(rounded(values[place]))
    return found


#: The quantile that a measure by place shows.
_LEVEL = {"median": QUANTILES["q50"], "high": QUANTILES["q95"]}
