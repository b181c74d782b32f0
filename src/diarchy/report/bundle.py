"""The result bundle: all that a person is shown of a store, as one JSON document.

It is what the studio serves and what a report embeds, of schema ``diarchy/bundle/1``, which ships as
``bundle.schema.json``. What a store does not hold is null, and the screens say what would fill it. It is kept
below a megabyte: times are thinned, numbers have three digits, shares are whole numbers in 100 futures.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from diarchy import __version__
from diarchy.ensemble.results import Results
from diarchy.questions.answer import difference_interval
from diarchy.questions.outcomes import pair
from diarchy.questions.question import Question
from diarchy.questions.wording import happened, in_words, outside, span
from diarchy.report import fans, kinds
from diarchy.report.about import read_about
from diarchy.report.added import added
from diarchy.report.check import check
from diarchy.report.played import play
from diarchy.report.rules import Lexicon, rule
from diarchy.report.seen import Looked, Seen, Store, look_over

SCHEMA = "diarchy/bundle/1"
#: The arm that others are compared with, and whose futures are played.
BASE = "base"


def bundle_of(results: Results, answers: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Everything that is shown of a store.

    Parameters
    ----------
    results : as opened.
    answers : the document of its answers (``diarchy/answers/1``), if it is at hand; else it is asked again.

    Returns
    -------
    dict : JSON values that hold to the schema.

    Raises
    ------
    ResultsError : too many futures failed, or what lies beside the results cannot be read.
    """
    return bundle_from(look_over(results), answers)


def bundle_from(looked: Looked, answers: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Everything that is shown of a store that has been looked over; see `bundle_of`."""
    store, seen = looked.store, looked.seen
    results, about = store.results, read_about(store.results.path)
    base = seen[BASE] if BASE in seen else seen[results.arms[0]]
    groups = kinds.kinds_of(store.questions, base)
    played = [kind.medoid for kind in groups]
    lexicon, measures = _lexicon(store, about), fans.measures_of(store, about)
    told = [one.to_json() for one in looked.answers()] if answers is None else answers["answers"]
    document = {
        **_head(store, about, base),
        "arms": _arms(results, about),
        "questions": _questions(store, told, lexicon),
        "answers": [_said(one) for one in told],
        "differences": _differences(store, seen),
        **_from_case(about),
        "places": (about or {}).get("places") or None,
        "measures": measures,
        "series": {arm: fans.series_of(store, one, _if(one, base, played)) for arm, one in seen.items()},
        "by_place": {
            arm: fans.by_place(_measured(measures, store, one, base), one, _if(one, base, played))
            for arm, one in seen.items()
        },
        "boards": {
            arm: fans.boards_of(store, one, about, _if(one, base, played)) for arm, one in seen.items()
        },
        "events": {arm: _events(store, one) for arm, one in seen.items()},
        "kinds": _kinds(store, base, groups) or None,
        "played": {str(run): play(store, base, run, about) for run in played} or None,
        **added(results.path),
    }
    check(document)
    return document


def size_of(document: Mapping[str, Any]) -> int:
    """Bytes of a bundle as it is written."""
    return len(text_of(document).encode("utf-8"))


def text_of(document: Mapping[str, Any]) -> str:
    """A bundle as JSON text."""
    return json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _if(one: Seen, base: Seen, played: Sequence[int]) -> Sequence[int]:
    """The futures that are played, in the arm that they are played in."""
    return played if one is base else ()


def _head(store: Store, about: Mapping[str, Any] | None, base: Seen) -> dict[str, Any]:
    """What the store is."""
    attrs, results = store.attrs, store.results
    return {
        "schema": SCHEMA,
        "version": __version__,
        "case": str(attrs.get("case", "")),
        "title": str(attrs.get("title") or attrs.get("case", "")),
        "summary": str((about or {}).get("summary", "")),
        "scenario": str(attrs.get("scenario", "")),
        "scenario_sha256": str(attrs.get("scenario_sha256", "")),
        "seed": int(attrs["seed"]),
        "futures": int(results.finished()[0].sum()),
        "failed": int(attrs.get("failed", 0)),
        "interrupted": results.interrupted,
        "drawn": len(base.rows),
        "start": str(attrs.get("start", "")),
        "created": str(attrs.get("created", "")),
        "step_days": float(attrs.get("step", 0.0)),
        "days": [float(f"{day:.6g}") for day in store.times],
        "set": dict(attrs.get("set") or {}),
        "mechanisms": dict(
            (about or {}).get("mechanisms") or dict.fromkeys(attrs.get("mechanisms") or {}, "")
        ),
    }


def _arms(results: Results, about: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """The arms with what each changes; a weight where hypotheses have one."""
    words = (about or {}).get("arms") or {}
    theories = results.attrs.get("hypotheses") or {}
    futures = results.finished().sum(axis=1)
    return [
        {
            "id": arm,
            "summary": "The case as it stands." if arm == BASE else str(words.get(arm, "")),
            "kind": "base" if arm == BASE else "hypothesis" if arm in theories else "variant",
            "weight": theories.get(arm, {}).get("weight"),
            "holder": str(theories.get(arm, {}).get("holder", "")),
            "futures": int(futures[place]),
        }
        for place, arm in enumerate(results.arms)
    ]


def _from_case(about: Mapping[str, Any] | None) -> dict[str, Any]:
    """What the case says of itself: assumptions, sources, claims, map, record."""
    about = about or {}
    return {
        "assumptions": about.get("assumptions"),
        "sources": about.get("sources"),
        "claims": about.get("claims"),
        "observed": about.get("observed"),
        "map": about.get("map"),
    }


def _lexicon(store: Store, about: Mapping[str, Any] | None) -> Lexicon:
    """What the names of the store mean."""
    states = {name: str(word["doc"]) for name, word in store.attrs["states"].items()}
    return Lexicon(states, (about or {}).get("labels") or {})


#: What of an answer is the same in every arm, and told once.
_OF_QUESTION = ("text", "outside", "resolved")


def _questions(store: Store, told: Sequence[Mapping[str, Any]], lexicon: Lexicon) -> dict[str, Any]:
    """What is asked: its words, its rule, the outside view and what happened."""
    raw = store.results.questions or {}
    return {
        one["id"]: {
            **{key: one.get(key) for key in _OF_QUESTION},
            "rule": rule(raw[one["id"]], lexicon) if one["id"] in raw else "",
            "said": {"outside": outside(one), "happened": happened(one)},
        }
        for one in told
    }


def _said(one: Mapping[str, Any]) -> dict[str, Any]:
    """An answer with its words, so that every reader is told the same."""
    bars = {"luck": "monte_carlo", "parameters": "parameter", "structure": "structural"}
    return {
        **{key: value for key, value in one.items() if key not in _OF_QUESTION},
        "said": {"answer": in_words(one), **{name: span(one, bar) for name, bar in bars.items()}},
    }


def _differences(store: Store, seen: Mapping[str, Seen]) -> list[dict[str, Any]]:
    """Of each two arms the later minus the earlier, future by future, by question [unit of the question]."""
    draw = store.results.data["draw"].values
    return [
        one
        for earlier, later in itertools.combinations(seen.values(), 2)
        for question in store.questions
        if not question.minus_arm
        for one in _difference(question, earlier, later, draw)
    ]


def _difference(question: Question, one: Seen, other: Seen, draw: np.ndarray) -> list[dict[str, Any]]:
    """The mean paired difference in one question; nothing where no pair can be made."""
    if question.id not in one.outcomes or question.id not in other.outcomes:
        return []
    outcome = pair(one.outcomes[question.id], other.outcomes[question.id])
    counted = outcome.counted
    if outcome.why or not counted.any() or not other.outcomes[question.id].counted.any():
        return []  # no pair, or a condition that the other arm never meets
    value = -outcome.value[counted]
    bounds = difference_interval(value, draw[counted], question.chance is not None)
    ends = None if bounds is None else [None if end is None else _short(end) for end in bounds]
    clear = bool(ends and None not in ends and (ends[0] > 0 or ends[1] < 0))
    return [
        {
            **({} if one.arm == BASE else {"from": one.arm}),
            "arm": other.arm,
            "id": question.id,
            "value": _short(value.mean()),
            "interval": ends,
            "clear": clear and bool(value.any()),
            "n": int(counted.sum()),
            "unit": question.unit,
        }
    ]


def _short(value: float) -> float:
    """A number with as many digits as a difference is told with, and one to spare."""
    return float(f"{value:.4g}")


def _measured(
    measures: Sequence[Mapping[str, Any]], store: Store, one: Seen, base: Seen
) -> Sequence[Mapping[str, Any]]:
    """The measures that are shown of an arm: all of the base, chances of a variant, the first of a rival."""
    if one is base:
        return measures
    if one.arm in (store.attrs.get("hypotheses") or {}):
        return measures[:1]
    return [measure for measure in measures if measure["kind"] in ("share", "level")]


def _events(store: Store, one: Seen) -> list[dict[str, Any]]:
    """When each event that a question asks for comes, in the order of its middle day."""
    found = []
    for question in store.questions:
        outcome = one.outcomes.get(question.id)
        if question.minus_arm or question.chance is None or outcome is None or outcome.why:
            continue
        days = one.first[question.id][outcome.counted]
        came = np.sort(days[np.isfinite(days)])
        if not len(days):
            continue
        by_day = np.searchsorted(came, one.days + 1e-6, side="right") / len(days)
        spread = [float(x) for x in np.quantile(came, (0.05, 0.5, 0.95))] if len(came) else [None] * 3
        found.append(
            {
                "id": question.id,
                "text": question.text,
                "share": float(len(came) / len(days)),
                "n": len(days),
                **dict(zip(("q05", "median_day", "q95"), spread, strict=True)),
                "by_day": fans.unrepeated(fans.percent(by_day)),
            }
        )
    return sorted(found, key=lambda e: (e["median_day"] is None, e["median_day"] or 0.0, e["id"]))


def _kinds(store: Store, base: Seen, groups: Sequence[kinds.Kind]) -> list[dict[str, Any]]:
    """The kinds of futures, with the answers that tell each."""
    questions, total = {q.id: q for q in store.questions}, len(base.rows)
    return [
        {
            "medoid": kind.medoid,
            "label": kinds.label(kind, questions, base),
            "share": len(kind.members) / total,
            "futures": len(kind.members),
            "telling": kinds.describe(kind, questions, base),
        }
        for kind in groups
    ]
