"""One pass over the futures of a store: what each answers, when each event comes, states at fewer times.

The answers that a run prints and everything that a report draws are made from this, so that a store is read
once an arm whatever is told of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from diarchy.engine import FINE
from diarchy.ensemble.results import Results
from diarchy.model import BESIDE, is_beside
from diarchy.questions.answer import Answer
from diarchy.questions.ask import answered, asked_of, read_asked
from diarchy.questions.outcomes import Outcome, blank, enter, frames, gather
from diarchy.questions.question import Question
from diarchy.questions.series import Absent, Frame
from diarchy.questions.vocabulary import Vocabulary, vocabulary_of_results

#: Times that are kept at most: a day apart for ninety days, and no eye sees more in a chart.
MOST_TIMES = 128
#: Futures whose states are kept at most; quantiles of 2,000 are known to a point in a hundred.
MOST_KEPT = 2000


@dataclass(frozen=True)
class Seen:
    """What a pass over one arm leaves.

    Parameters
    ----------
    arm : its name.
    days : (time,) [day] times that are kept.
    rows : places along the run axis of the futures whose states are kept (kept,).
    states : qualified state -> values (kept, time, *dims); a state that the arm lacks is not there.
    outcomes : question -> what every future answers.
    first : question that is a chance -> when its event comes (run,) [day]; infinity: never.
    """

    arm: str
    days: np.ndarray
    rows: np.ndarray
    states: Mapping[str, np.ndarray]
    outcomes: Mapping[str, Outcome]
    first: Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Store:
    """A store with its questions read, as every part of a report needs it."""

    results: Results
    vocabulary: Vocabulary
    questions: tuple[Question, ...]
    stride: int

    @property
    def attrs(self) -> Mapping[str, Any]:
        """What is said of the whole store."""
        return self.results.attrs

    @property
    def times(self) -> np.ndarray:
        """(time,) [day] times that a report keeps."""
        return np.asarray(self.results.data["time"].values, dtype=float)[:: self.stride]


def open_for_report(results: Results) -> Store:
    """Read the questions of a store, and decide which times a report keeps."""
    results.check_usable()
    vocabulary = vocabulary_of_results(results)
    questions = read_asked(results, vocabulary) if results.questions else ()
    times = np.asarray(results.data["time"].values, dtype=float)
    return Store(results, vocabulary, questions, stride_of(times))


@dataclass(frozen=True)
class Looked:
    """A store, what the pass over it has left of each arm, and what arms beside others answer."""

    store: Store
    seen: Mapping[str, Seen]
    beside: Mapping[str, Mapping[str, Outcome]]

    def answers(self) -> list[Answer]:
        """The answers to all questions of the store, as `ask` gives them; nothing is read again."""
        results, questions = self.store.results, self.store.questions
        plain = {arm: one.outcomes for arm, one in self.seen.items()} | dict(self.beside)
        return answered(results, asked_of(results, questions, results.arms, plain))


def look_over(results: Results) -> Looked:
    """Pass over a store, arm by arm.

    Raises
    ------
    ResultsError : too many futures failed, or its questions cannot be read.
    """
    store = open_for_report(results)
    beside = {}
    for name in filter(is_beside, results.every_arm):
        asked = [q for q in store.questions if q.minus_arm == name.partition(BESIDE)[2]]
        beside[name] = gather(results, store.vocabulary, asked, name)
    return Looked(store, {arm: look(store, arm) for arm in results.arms}, beside)


def stride_of(times: np.ndarray) -> int:
    """Every how-manieth time is kept: as few as `MOST_TIMES`, whole days apart where that can be.

    >>> stride_of(np.arange(361) * 0.25), stride_of(np.arange(29) * 0.25)
    (4, 1)
    """
    least = max(1, -(-(len(times) - 1) // (MOST_TIMES - 1)))
    if least == 1 or len(times) < 2:
        return 1
    step = times[1] - times[0]
    whole = (k for k in range(least, 8 * least) if abs(k * step - round(k * step)) < 1e-6)
    return next(whole, least)


def look(store: Store, arm: str) -> Seen:
    """Pass over the futures of one arm.

    Parameters
    ----------
    store : as opened.
    arm : name of an arm of it.
    """
    place = store.results.arms.index(arm)
    fine = store.results.data["status"].isel(arm=place).values == FINE
    every = store.results.every_arm
    plain = [
        question
        for question in store.questions
        if not question.minus_arm or arm == "base" or f"{arm}{BESIDE}{question.minus_arm}" in every
    ]
    subtracted = [q for q in store.questions if q.minus_arm == arm]
    questions = [*plain, *subtracted]
    outcomes = {question.id: blank(fine) for question in questions}
    first = {q.id: np.full(len(fine), np.inf) for q in questions if q.chance is not None}
    kept = _kept(fine)
    states: dict[str, np.ndarray] = {}
    absent: dict[str, str] = {}
    for rows, frame in frames(store.results, store.vocabulary, list(store.vocabulary.states)[:1], arm):
        for question in questions:
            if question.id not in absent:
                _enter(question, frame, rows, outcomes, first, absent)
        _thin(frame, rows, kept, store, states)
    for identifier, why in absent.items():
        outcomes[identifier] = blank(fine, why)
    return Seen(arm, store.times, kept, states, outcomes, first)


def _kept(fine: np.ndarray) -> np.ndarray:
    """Places of the futures whose states are kept: all, or evenly spread ones."""
    places = np.flatnonzero(fine)
    if len(places) <= MOST_KEPT:
        return places
    return places[np.linspace(0, len(places) - 1, MOST_KEPT).astype(int)]


def _enter(
    question: Question,
    frame: Frame,
    rows: np.ndarray,
    outcomes: Mapping[str, Outcome],
    first: Mapping[str, np.ndarray],
    absent: dict[str, str],
) -> None:
    """Enter what one block answers to one question, and when its event comes."""
    try:
        enter(question, frame, rows, outcomes[question.id])
        if question.chance is not None:
            first[question.id][rows] = frame.first(question.chance)
    except Absent as missing:
        absent[question.id] = str(missing)


def _thin(
    frame: Frame, rows: np.ndarray, kept: np.ndarray, store: Store, states: dict[str, np.ndarray]
) -> None:
    """Keep some runs and times of every state: those of this block that are `kept`, in their places."""
    first, last = np.searchsorted(kept, (rows[0], rows[-1] + 1))
    if first == last:
        return
    chosen = np.isin(rows, kept[first:last])
    for name, word in store.vocabulary.states.items():
        try:
            values = frame.state(name, bool(word.levels))[:, :: store.stride]
        except Absent:
            continue
        if name not in states:
            dtype = np.int8 if word.levels else np.float32
            states[name] = np.empty((len(kept), *values.shape[1:]), dtype)
        states[name][first:last] = values if chosen.all() else values[chosen]


def names_of(about: Mapping[str, Any] | None, axis: str, labels: Sequence[str]) -> list[str]:
    """The labels of an axis as they are shown."""
    shown = ((about or {}).get("labels") or {}).get(axis, {})
    return [str(shown.get(label, label)) for label in labels]
