"""What each run answers to each question, block by block, so that memory does not grow with the runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from diarchy.engine import FINE
from diarchy.questions.question import Question
from diarchy.questions.series import Absent, Frame
from diarchy.questions.vocabulary import Answerable, Vocabulary

#: Runs looked at together, when the store does not say how it is cut.
BLOCK = 256
#: Most runs looked at together, whatever the store says.
LARGEST_BLOCK = 1024


@dataclass(frozen=True)
class Outcome:
    """What the runs of one arm answer to one question.

    Parameters
    ----------
    value : 1 or 0 for a chance, the number for an amount; 0 where there is none (run,) [unit of the
        question].
    observed : False where the end of the run cut the number short (run,).
    defined : whether a fine run has a number (run,).
    given : whether a fine run has the given event; true of all fine runs when none is given (run,).
    fine : whether the run has finished without failing (run,).
    why : why there is no answer in this arm; empty when there is.
    """

    value: np.ndarray
    observed: np.ndarray
    defined: np.ndarray
    given: np.ndarray
    fine: np.ndarray
    why: str = ""

    @property
    def counted(self) -> np.ndarray:
        """Runs that the answer rests on (run,)."""
        return self.fine & self.given & self.defined


def gather(
    results: Answerable, vocabulary: Vocabulary, questions: Sequence[Question], arm: str
) -> dict[str, Outcome]:
    """Ask every run of one arm.

    Parameters
    ----------
    results : stored or in memory.
    vocabulary : of these results.
    questions : what to ask.
    arm : name of the arm.

    Returns
    -------
    dict : question id -> outcome.
    """
    place = [str(name) for name in results.data["arm"].values].index(arm)
    fine = results.data["status"].isel(arm=place).values == FINE
    outcomes = {question.id: blank(fine) for question in questions}
    absent: dict[str, str] = {}
    states = [s for q in questions for series in q.series() for s in series.states()]
    for rows, frame in frames(results, vocabulary, states[:1], arm):
        for question in questions:
            if question.id in absent:
                continue
            try:
                enter(question, frame, rows, outcomes[question.id])
            except Absent as missing:
                absent[question.id] = str(missing)
    for identifier, why in absent.items():
        outcomes[identifier] = blank(fine, why)
    return outcomes


def blank(fine: np.ndarray, why: str = "") -> Outcome:
    """An outcome in which nothing is counted yet."""
    n = len(fine)
    defined, given = np.zeros(n, dtype=bool), np.zeros(n, dtype=bool)
    return Outcome(np.zeros(n), np.ones(n, dtype=bool), defined, given, fine, why)


def frames(
    results: Answerable, vocabulary: Vocabulary, states: Sequence[str], arm: str
) -> Iterator[tuple[np.ndarray, Frame]]:
    """The fine runs of one arm, block by block: their places along the run axis (run,), and their frame.

    Parameters
    ----------
    results, vocabulary : stored or in memory, and what can be asked of them.
    states : qualified states; the blocks follow how the first is stored.
    arm : name of the arm.
    """
    place = [str(name) for name in results.data["arm"].values].index(arm)
    fine = results.data["status"].isel(arm=place).values == FINE
    for block in _blocks(results.data, states):
        rows = np.flatnonzero(fine[block]) + block.start
        if len(rows):
            yield rows, _frame(results.data, vocabulary, place, arm, block, rows - block.start)


def _blocks(data: Any, states: Sequence[str]) -> Iterator[slice]:
    """Slices of runs, as the store is cut where that is sensible."""
    chunks = data[states[0]].encoding.get("chunks") if states else None
    size = chunks[1] if chunks and len(chunks) > 1 else BLOCK
    size = min(max(size, 1) * max(1, BLOCK // max(size, 1)), LARGEST_BLOCK)
    total = data.sizes["run"]
    return (slice(first, min(first + size, total)) for first in range(0, total, size))


def _frame(data: Any, vocabulary: Vocabulary, place: int, arm: str, block: slice, rows: np.ndarray) -> Frame:
    """The fine runs of one block, loaded state by state when needed."""
    totals = {name: fact.total(arm) for name, fact in vocabulary.facts.items()}
    load = partial(_load, data, vocabulary, place, block, rows)
    return Frame(np.asarray(data["time"].values, dtype=float), len(rows), load, totals)


def _load(
    data: Any, vocabulary: Vocabulary, place: int, block: slice, rows: np.ndarray, name: str
) -> np.ndarray:
    """One state of some runs: (run, time, *dims)."""
    order = ("run", "time", *vocabulary.states[name].dims)
    # The bare variable: its coordinates would take as long as its values.
    values = data.variables[name].isel(arm=place, run=block).transpose(*order).values
    return values if len(rows) == len(values) else values[rows]


def enter(question: Question, frame: Frame, rows: np.ndarray, outcome: Outcome) -> None:
    """Enter what the runs of one block answer."""
    value, observed, defined, given = answers_of(question, frame)
    outcome.value[rows] = np.where(defined, value, 0.0)
    outcome.observed[rows] = observed
    outcome.given[rows] = given
    outcome.defined[rows] = defined


def answers_of(question: Question, frame: Frame) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """What each run of a block answers: value, observed, defined, given, as in `Outcome` (run,)."""
    given = np.ones(frame.runs, dtype=bool)
    if question.given is not None:
        given = np.isfinite(frame.first(question.given))
    if question.chance is not None:
        value = np.isfinite(frame.first(question.chance)).astype(float)
        observed, defined = np.ones(frame.runs, dtype=bool), np.ones(frame.runs, dtype=bool)
    else:
        assert question.amount is not None
        value, observed, defined = question.amount.measure(frame)
    return value, observed, defined, given


def pair(one: Outcome, other: Outcome) -> Outcome:
    """Run-by-run differences of two arms that share their luck: one minus other.

    A condition (`given`) is that of the first arm; a number cut short counts as far as the run went.
    """
    fine, defined = one.fine & other.fine, one.defined & other.defined
    value = np.where(fine & defined, one.value - other.value, 0.0)
    observed = one.observed & other.observed
    return Outcome(value, observed, defined, one.given & fine, fine, one.why or other.why)
