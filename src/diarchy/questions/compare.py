"""Compare two results, or two arms of one: what was assumed, then what is answered differently.

Where two worlds share their luck, future by future, what moves both alike cancels in their difference. How
much that is worth is told with each difference: its standard error beside the one that two worlds with luck
and draws of their own would have had. The square of the ratio is how many times as many futures they would
need.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import stdtrit

from diarchy.questions.answer import FEW_DRAWS, difference_interval
from diarchy.questions.ask import Asked, put
from diarchy.questions.intervals import TAIL, Bounds, group, share_interval
from diarchy.questions.outcomes import Outcome
from diarchy.questions.question import Question
from diarchy.questions.vocabulary import Answerable


@dataclass(frozen=True)
class Change:
    """One thing in which two results differ.

    Parameters
    ----------
    what : 'assumption', 'question' or 'answer'.
    name : qualified name of the assumption, or id of the question.
    arm : the arm in which it differs; empty for all.
    before, after : text of an assumption (None where it is not there), or value of an answer [unit].
    difference : after minus before, of an answer [unit].
    interval : central 90 % bounds of the difference from finite futures [unit].
    unit : of an answer.
    statistic : what is compared: 'share' or 'mean'.
    paired : whether futures with the same luck were compared one by one.
    clear : whether the interval leaves out 0.
    n : futures that the difference rests on, in pairs or in the smaller of the two results.
    error : standard error of the difference, draws being the independent units [unit].
    fresh_error : what it would be if the two had luck and draws of their own [unit].
    note : what a reader should know.
    """

    what: str
    name: str
    arm: str = ""
    before: Any = None
    after: Any = None
    difference: float | None = None
    interval: Bounds | None = None
    unit: str = ""
    statistic: str = ""
    paired: bool = False
    clear: bool = False
    n: int = 0
    error: float | None = None
    fresh_error: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """How many times as large the standard error would be with fresh luck; None if untold."""
        return self.fresh_error / self.error if self.paired and self.error and self.fresh_error else None

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        interval = None if self.interval is None else list(self.interval)
        return {**vars(self), "interval": interval, "ratio": self.ratio}


@dataclass(frozen=True)
class ArmsCompared:
    """Two arms of one store compared.

    Parameters
    ----------
    changes : assumptions, then answers, as of `compare_results`.
    same : questions that both answer alike in every future.
    left_out : question -> why it is not compared.
    """

    changes: tuple[Change, ...]
    same: tuple[str, ...]
    left_out: Mapping[str, str]


def compare_results(before: Answerable, after: Answerable) -> list[Change]:
    """What differs between two results: assumptions first, then questions, then answers.

    Parameters
    ----------
    before, after : results of the same or of different scenarios. ``attrs["assumptions"]`` maps arms to
        name -> text of each assumption (prior, setting, hash of a fact).

    Returns
    -------
    list of Change. Answers that are equal to the last digit are not listed.

    Raises
    ------
    ResultsError : as `diarchy.questions.ask.ask`.

    Notes
    -----
    With one seed, and the same numbers of runs and draws, run i of both had the same luck: the difference is
    the mean of the differences run by run, with draws as independent units. Else the intervals of two shares
    are combined by Newcombe's square-and-add; of two means, the standard errors add up in squares, with the
    degrees of freedom of the one with fewer draws. Chances are compared as shares, quantities as means, in
    which a number cut short counts as far as the run went.

    References
    ----------
    newcombe1998
    """
    one, two = put(before), put(after)
    questions = {question.id: question for question in two.questions}
    changes = [*_changed_assumptions(before.attrs, after.attrs), *_changed_questions(one, questions)]
    paired = _share_luck(before, after)
    for question in one.questions:
        if questions.get(question.id) == question:
            for arm in one.arms:
                changes.extend(_changed_answer(question, arm, one, two, paired))
    return changes


def _changed_assumptions(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    """Assumptions with another text; one that differs alike in all arms is told once."""
    one, two = _by_arm(before), _by_arm(after)
    arms = [arm for arm in one if arm in two]
    names = dict.fromkeys(name for side in (one, two) for arm in arms for name in side[arm])
    for arm in [*(a for a in one if a not in two), *(a for a in two if a not in one)]:
        yield Change("assumption", "arm", arm, "run" if arm in one else None, "run" if arm in two else None)
    for name in names:
        pairs = {arm: (one[arm].get(name), two[arm].get(name)) for arm in arms}
        differing = {arm: p for arm, p in pairs.items() if p[0] != p[1]}
        if len(differing) == len(pairs) and len(set(differing.values())) == 1:
            differing = {"": next(iter(differing.values()))}
        for arm, (old, new) in differing.items():
            yield Change("assumption", name, arm, old, new)


def _by_arm(attrs: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Arm -> name -> text, also where assumptions are not told by arm."""
    stored = attrs.get("assumptions") or {}
    if any(not isinstance(value, Mapping) for value in stored.values()):
        stored = {"": stored}
    return {arm: {name: str(text) for name, text in of.items()} for arm, of in stored.items()}


def _changed_questions(one: Asked, questions: Mapping[str, Question]) -> Iterator[Change]:
    """Questions that only one of the two has, or that ask for something else under one id."""
    for question in one.questions:
        other = questions.get(question.id)
        if other is None or other != question:
            after = other.text if other else None
            note = "asked differently, so answers are not compared" if other else ""
            yield Change("question", question.id, "", question.text, after, note=note)
    for identifier in questions.keys() - {question.id for question in one.questions}:
        yield Change("question", identifier, "", None, questions[identifier].text)


def _share_luck(before: Answerable, after: Answerable) -> bool:
    """Whether run i of the one and of the other had the same luck."""
    if before.attrs.get("seed") is None or before.attrs.get("seed") != after.attrs.get("seed"):
        return False
    return all(np.array_equal(before.data[c].values, after.data[c].values) for c in ("run", "draw"))


def compare_arms(results: Answerable, before: str, after: str) -> ArmsCompared:
    """What differs between two arms of one store: assumptions first, then answers, future by future.

    Parameters
    ----------
    results : of at least these arms; where one takes fewer futures, those that both have are compared.
    before, after : the arms; differences are after minus before.

    Raises
    ------
    ResultsError : as `diarchy.questions.ask.ask`.

    Notes
    -----
    Of a question with a condition, the futures count that meet it in both arms.
    """
    told = _by_arm(results.attrs)
    attrs = [{"assumptions": {"": told.get(arm, {})}} for arm in (before, after)]
    changes = list(_changed_assumptions(*attrs))
    asked = put(results, None, dict.fromkeys((before, after)))
    same, left_out = [], {}
    for question in asked.questions:
        if question.minus_arm:
            left_out[question.id] = "it is a difference between arms already"
            continue
        old, new = asked.outcomes[question.id, before], asked.outcomes[question.id, after]
        why = old.why or new.why or _nobody(old, new)
        if why:
            left_out[question.id] = why
        elif (change := _difference(question, "", (old, asked.draw), (new, asked.draw), True)) is None:
            same.append(question.id)
        else:
            changes.append(change)
    return ArmsCompared(tuple(changes), tuple(same), left_out)


def _nobody(old: Outcome, new: Outcome) -> str:
    """Why no future counts in both; empty when one does."""
    return "" if (old.counted & new.counted).any() else "no future counts in both"


def _changed_answer(question: Question, arm: str, one: Asked, two: Asked, paired: bool) -> Iterator[Change]:
    """The change of one answer, when there is one."""
    old, new = one.outcomes.get((question.id, arm)), two.outcomes.get((question.id, arm))
    if old is None or new is None or old.why or new.why or not (old.counted.any() and new.counted.any()):
        return
    if paired and _nobody(old, new):
        return
    change = _difference(question, arm, (old, one.draw), (new, two.draw), paired)
    if change is not None:
        yield change


def _difference(
    question: Question, arm: str, one: tuple[Outcome, np.ndarray], two: tuple[Outcome, np.ndarray],
    paired: bool,
) -> Change | None:  # fmt: skip
    """The difference of two outcomes, each with the draws of its runs; None when they are alike."""
    (old, draw_old), (new, draw_new) = one, two
    use_old, use_new = old.counted, new.counted
    if paired:
        use_old = use_new = use_old & use_new
    a, b = old.value[use_old], new.value[use_new]
    draw_a, draw_b = draw_old[use_old], draw_new[use_new]
    if paired and np.array_equal(a, b):
        return None
    share = question.chance is not None and not question.minus_arm
    if paired:
        interval = difference_interval(b - a, draw_a, question.chance is not None)
    else:
        interval = (_unpaired_shares if share else _unpaired_means)(a, draw_a, b, draw_b)
    fresh = _unpaired_error(a, draw_a, b, draw_b)
    before, after = float(a.mean()), float(b.mean())
    return Change(
        "answer",
        question.id,
        arm,
        before,
        after,
        after - before,
        interval,
        unit=question.unit,
        statistic="share" if share else "mean",
        paired=paired,
        clear=interval is not None and not interval[0] <= 0 <= interval[1],
        n=min(len(a), len(b)),
        error=_error(b - a, draw_a) if paired else fresh,
        fresh_error=fresh,
        note=_note(interval, old, new, use_old, use_new),
    )


def _error(values: np.ndarray, draw: np.ndarray) -> float | None:
    """Standard error of a mean; None with fewer than two draws."""
    groups = group(values, draw)
    return groups.standard_error() if len(groups.counts) > 1 else None


def _unpaired_error(a: np.ndarray, draw_a: np.ndarray, b: np.ndarray, draw_b: np.ndarray) -> float | None:
    """Standard error of the difference of two means that share nothing; None with fewer than two draws."""
    one, two = _error(a, draw_a), _error(b, draw_b)
    return None if one is None or two is None else float(np.hypot(one, two))


def _note(
    interval: Bounds | None, old: Outcome, new: Outcome, use_old: np.ndarray, use_new: np.ndarray
) -> str:
    """What a reader of a change should know."""
    notes = [f"no interval: {FEW_DRAWS}"] if interval is None else []
    cut = int((~old.observed[use_old]).sum() + (~new.observed[use_new]).sum())
    if cut:
        notes.append(f"{cut:,} futures count as far as the run went")
    return "; ".join(notes)


def _unpaired_shares(a: np.ndarray, draw_a: np.ndarray, b: np.ndarray, draw_b: np.ndarray) -> Bounds | None:
    """Interval of the difference of two independent shares, from the intervals of each."""
    one, two = share_interval(a, draw_a), share_interval(b, draw_b)
    if one is None or two is None:
        return None
    before, after = float(a.mean()), float(b.mean())
    down = float(np.hypot(after - two[0], one[1] - before))
    up = float(np.hypot(two[1] - after, before - one[0]))
    return after - before - down, after - before + up


def _unpaired_means(a: np.ndarray, draw_a: np.ndarray, b: np.ndarray, draw_b: np.ndarray) -> Bounds | None:
    """Interval of the difference of two independent means, with draws as independent units."""
    error = _unpaired_error(a, draw_a, b, draw_b)
    if error is None:
        return None
    fewer = min(len(np.unique(draw_a)), len(np.unique(draw_b)))
    reach, apart = float(stdtrit(fewer - 1, 1 - TAIL)) * error, float(b.mean() - a.mean())
    return apart - reach, apart + reach
