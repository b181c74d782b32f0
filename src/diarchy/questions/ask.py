"""Ask: questions to results, answers with error bars; nothing is run again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from diarchy.engine import FINE
from diarchy.errors import Faults, ResultsError, nearest
from diarchy.model import BESIDE, is_beside
from diarchy.questions.answer import Answer, answer, unanswerable
from diarchy.questions.outcomes import Outcome, gather, pair
from diarchy.questions.question import Question, read_questions
from diarchy.questions.structure import BASE, with_structure
from diarchy.questions.vocabulary import Answerable, Vocabulary, vocabulary_of_results


@dataclass(frozen=True)
class Asked:
    """Questions put to results, before answers are made of them.

    Parameters
    ----------
    questions : in order.
    arms : arms that are asked.
    outcomes : (question id, arm) -> what its runs answer; of a paired difference, the differences, under
        'base', and under a hypothesis if it is at hand.
    draw : which draw each run belongs to (run,).
    status : arm -> status of each run; of a pair the worse one, under ``base - arm`` (run,).
    """

    questions: tuple[Question, ...]
    arms: tuple[str, ...]
    outcomes: Mapping[tuple[str, str], Outcome]
    draw: np.ndarray
    status: Mapping[str, np.ndarray]


def ask(
    results: Answerable,
    questions: Sequence[str] | Mapping[str, Any] | None = None,
    arms: Iterable[str] | None = None,
    weights: Mapping[str, float] | None = None,
) -> list[Answer]:
    """Answer questions from results.

    Parameters
    ----------
    results : as opened from a store.
    questions : ids among those stored, or new questions as written in a file; all stored ones by default.
    arms : which arms to ask; all that were run by default.
    weights : hypothesis, or base -> weight in the structural error bar; those of the run by default.

    Returns
    -------
    list of Answer, question by question, each for every arm. A paired difference is answered once, under
    'base', and only when 'base' is asked. Where an arm lacks a mechanism that a question needs, the value is
    None and `why` says so: that an arm cannot show an event is not the same as that it does not happen.

    Raises
    ------
    ResultsError : unknown questions or arms, states that were not recorded, or too many failed futures.

    Notes
    -----
    Runs that failed or were not finished are left out and counted; of a pair, both must be fine.
    """
    return answered(results, put(results, questions, arms), weights)


def answered(results: Answerable, asked: Asked, weights: Mapping[str, float] | None = None) -> list[Answer]:
    """Answers of questions that have been put; for parameters and order see `ask`."""
    answers = []
    for question in asked.questions:
        for arm in asked.arms:
            if question.minus_arm and arm != BASE:
                continue
            answers.append(_answer(asked, question, arm))
    weights = hypothesis_weights(results) if weights is None else weights
    if len(weights) < 2 or BASE not in asked.arms:
        return answers
    return _with_structure(results, asked, answers, weights)


def hypothesis_weights(results: Answerable) -> dict[str, float]:
    """Base and the hypotheses that were run beside it -> prior weight; empty when there was none."""
    given = results.attrs.get("hypotheses") or {}
    run = {str(name) for name in results.data["arm"].values}
    return {str(name): float(told["weight"]) for name, told in given.items() if name in run}


def _with_structure(
    results: Answerable, asked: Asked, answers: list[Answer], weights: Mapping[str, float]
) -> list[Answer]:
    """The base's answers with their structural error bars."""
    missing = [arm for arm in weights if arm not in asked.arms]
    plain = [q for q in asked.questions if not q.minus_arm]
    outcomes = {**asked.outcomes, **_differences(results, asked, weights)}
    for arm in missing:
        found = gather(results, vocabulary_of_results(results), plain, arm)
        outcomes.update({(identifier, arm): outcome for identifier, outcome in found.items()})
    planned = results.attrs.get("planned") or {}
    runs = min(int(planned.get(arm, len(asked.draw))) for arm in weights)

    def barred(answer: Answer) -> Answer:
        there = {arm: outcomes[answer.id, arm] for arm in weights if (answer.id, arm) in outcomes}
        return with_structure(answer, there, asked.draw, {arm: weights[arm] for arm in there}, runs)

    return [barred(answer) if answer.arm == BASE else answer for answer in answers]


def _differences(
    results: Answerable, asked: Asked, weights: Mapping[str, float]
) -> dict[tuple[str, str], Outcome]:
    """Paired differences under each rival hypothesis that was run with and without what is subtracted."""
    run = {str(name) for name in results.data["arm"].values}
    vocabulary = vocabulary_of_results(results)
    found: dict[tuple[str, str], Outcome] = {}
    for lacks in dict.fromkeys(q.minus_arm for q in asked.questions if q.minus_arm):
        some = [q for q in asked.questions if q.minus_arm == lacks]
        for arm in weights:
            beside = f"{arm}{BESIDE}{lacks}"
            if beside not in run or all((q.id, arm) in asked.outcomes for q in some):
                continue
            one, other = (gather(results, vocabulary, some, name) for name in (arm, beside))
            found |= {(q.id, arm): pair(one[q.id], other[q.id]) for q in some}
    return found


def put(
    results: Answerable,
    questions: Sequence[str] | Mapping[str, Any] | None = None,
    arms: Iterable[str] | None = None,
) -> Asked:
    """Put questions to results and keep what every run answers; for parameters and faults see `ask`."""
    results.check_usable()
    vocabulary = vocabulary_of_results(results)
    run = tuple(str(name) for name in results.data["arm"].values if not is_beside(str(name)))
    faults = Faults(ResultsError)
    read: tuple[Question, ...] = ()
    chosen: tuple[str, ...] = ()
    with faults.trying():
        read = read_asked(results, vocabulary, questions)
    with faults.trying():
        chosen = _chosen(run, arms)
    faults.raise_if_any()
    return _put(results, vocabulary, read, run, chosen)


def read_asked(results: Answerable, vocabulary: Vocabulary, questions: Any = None) -> tuple[Question, ...]:
    """The questions asked for: new ones, or some of the stored ones; all of those by default."""
    if isinstance(questions, Mapping):
        return read_questions(questions, vocabulary, error=ResultsError)
    stored = results.questions or {}
    if isinstance(stored, Mapping) and "schema" in stored:
        stored = stored.get("questions") or {}
    if questions is None or not isinstance(stored, Mapping):
        return read_questions(stored, vocabulary, error=ResultsError)
    faults = Faults(ResultsError)
    wanted = [questions] if isinstance(questions, str) else list(dict.fromkeys(questions))
    for identifier in wanted:
        if identifier not in stored:
            near = nearest(identifier, stored)
            faults.add(
                f"no question '{identifier}' is stored", allowed=", ".join(stored) or "none", near=near
            )
    faults.raise_if_any()
    return read_questions(
        {identifier: stored[identifier] for identifier in wanted}, vocabulary, error=ResultsError
    )


def _chosen(run: tuple[str, ...], arms: Iterable[str] | None) -> tuple[str, ...]:
    """The arms asked for, in the order of the store."""
    faults = Faults(ResultsError)
    wanted = set(run if arms is None else arms)
    for arm in sorted(wanted - set(run)):
        faults.add(f"arm '{arm}' was not run", allowed=", ".join(run), near=nearest(arm, run))
    faults.raise_if_any()
    return tuple(arm for arm in run if arm in wanted)


def _put(
    results: Answerable,
    vocabulary: Vocabulary,
    read: tuple[Question, ...],
    run: tuple[str, ...],
    arms: tuple[str, ...],
) -> Asked:
    """Every question to every arm that it needs, arm by arm; then the pairs."""
    subtracted = _subtracted(read, run, arms)
    plain: dict[str, Mapping[str, Outcome]] = {}
    for arm in run:
        needed = [q for q in read if _needed(q, arm, arms, subtracted)]
        plain[arm] = gather(results, vocabulary, needed, arm) if needed else {}
    return asked_of(results, read, arms, plain)


def asked_of(
    results: Answerable,
    questions: tuple[Question, ...],
    arms: tuple[str, ...],
    plain: Mapping[str, Mapping[str, Outcome]],
) -> Asked:
    """Questions as put, of outcomes that are at hand: differences are taken, and each run's status.

    Parameters
    ----------
    results : that the outcomes are of.
    questions, arms : what is asked, of which arms.
    plain : arm -> question id -> what its runs answer; of a difference, base and the arm that is subtracted,
        and hypotheses and what stands beside them where it is at hand.
    """
    run = tuple(str(name) for name in results.data["arm"].values if not is_beside(str(name)))
    subtracted = _subtracted(questions, run, arms)
    status = {
        arm: _status(results, place, arm) for place, arm in enumerate(run) if arm in arms or arm in subtracted
    }
    outcomes = {(q.id, arm): plain[arm][q.id] for q in questions for arm in arms if not q.minus_arm}
    for question in (q for q in questions if q.minus_arm in subtracted):
        outcomes[question.id, BASE] = pair(plain[BASE][question.id], plain[question.minus_arm][question.id])
    for name in (name for name in plain if is_beside(name)):
        theory, _, lacks = name.partition(BESIDE)
        for question in (q for q in questions if q.minus_arm == lacks):
            outcomes[question.id, theory] = pair(plain[theory][question.id], plain[name][question.id])
    for arm in subtracted:
        status[_pair_name(arm)] = _worse(status[BASE], status[arm])
    return Asked(questions, arms, outcomes, results.data["draw"].values, status)


def _subtracted(questions: Iterable[Question], run: tuple[str, ...], arms: tuple[str, ...]) -> set[str]:
    """Arms that are subtracted from base by some question."""
    return {q.minus_arm for q in questions if q.minus_arm in run} if BASE in arms else set()


def _status(results: Answerable, place: int, arm: str) -> np.ndarray:
    """Status of the runs of an arm; one that was never to be run is not missing (run,)."""
    status = results.data["status"].isel(arm=place).values
    planned = (results.attrs.get("planned") or {}).get(arm, len(status))
    return np.where(np.arange(len(status)) < planned, status, FINE)


def _needed(question: Question, arm: str, arms: tuple[str, ...], subtracted: set[str]) -> bool:
    """Whether an arm must be asked a question."""
    if not question.minus_arm:
        return arm in arms
    return question.minus_arm in subtracted and arm in (BASE, question.minus_arm)


def _pair_name(arm: str) -> str:
    """How the status of a pair is called."""
    return f"{BASE} - {arm}"


def _worse(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Status of a pair: failed when either failed, else not finished when either is not (run,)."""
    return np.where((one > 0) | (other > 0), 1, np.minimum(one, other))


def _answer(asked: Asked, question: Question, arm: str) -> Answer:
    """One answer."""
    if (question.id, arm) not in asked.outcomes:
        return unanswerable(question, arm, f"arm '{question.minus_arm}' was not run")
    status = asked.status[_pair_name(question.minus_arm) if question.minus_arm else arm]
    return answer(question, arm, asked.outcomes[question.id, arm], asked.draw, status)
