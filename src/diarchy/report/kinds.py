"""Kinds of futures: clusters of what the futures answer, because a median hides forks.

Futures are told apart by their answers, each put on a scale of ranks so that no unit outweighs another. The
clusters are k-medoids: each is led by a future that really happened and can be played. Their number is the
one, of a few, whose clusters are best separated. Nothing is drawn at random: equal futures go to the first.

References
----------
kaufman1990
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from diarchy.questions.question import Question
from diarchy.report.seen import Seen

#: How many kinds are tried; fewer than three hide the forks, more than five nobody keeps apart.
TRIED = (3, 4, 5)
#: Futures that are clustered; the others are given to the nearest medoid.
MOST_CLUSTERED = 500
_MOST_SWAPS = 50
_TELLING = 4  # answers by which a kind is described
_NEARLY = 0.75  # of a kind's futures: enough to name it by
_NAMED = 3  # answers in a kind's name
_APART = 0.1  # of a share, or of the ranks: less does not tell a kind from all futures


@dataclass(frozen=True)
class Kind:
    """One kind of future.

    Parameters
    ----------
    medoid : place along the run axis of the future that leads it.
    members : places along the run axis.
    telling : questions that tell it from all futures, the strongest first.
    """

    medoid: int
    members: np.ndarray
    telling: tuple[str, ...]


def kinds_of(questions: Sequence[Question], seen: Seen) -> list[Kind]:
    """The kinds of futures of one arm, the largest first.

    Parameters
    ----------
    questions : of the store.
    seen : the pass over the arm; only futures whose states were kept can lead a kind.
    """
    names, features = _features(questions, seen)
    if not names or len(seen.rows) < max(TRIED):
        return []
    scaled = np.column_stack([_scaled(column) for column in features])
    chosen = np.unique(np.linspace(0, len(seen.rows) - 1, min(MOST_CLUSTERED, len(seen.rows))).astype(int))
    distance = _distance(scaled[chosen], scaled[chosen])
    best = max((_cluster(distance, k) for k in TRIED), key=lambda found: found[1])[0]
    medoids = chosen[best]
    nearest = _distance(scaled, scaled[medoids]).argmin(axis=1)
    kinds = []
    for k, medoid in enumerate(medoids):
        members = nearest == k
        if members.any():
            telling = _telling(names, scaled, members)
            kinds.append(Kind(int(seen.rows[medoid]), seen.rows[members], telling))
    return sorted(kinds, key=lambda kind: (-len(kind.members), kind.medoid))


def _features(questions: Sequence[Question], seen: Seen) -> tuple[list[str], list[np.ndarray]]:
    """Answers that every kept future has: names, and a column each."""
    names, columns = [], []
    for question in questions:
        outcome = seen.outcomes.get(question.id)
        if question.minus_arm or question.given is not None or outcome is None or outcome.why:
            continue
        if outcome.counted[seen.rows].all() and np.ptp(outcome.value[seen.rows]) > 0:
            names.append(question.id)
            columns.append(outcome.value[seen.rows])
    return names, columns


def _scaled(column: np.ndarray) -> np.ndarray:
    """Values as their share of the way through all futures, ties in the middle: 0 to 1."""
    _, place, count = np.unique(column, return_inverse=True, return_counts=True)
    middle = np.cumsum(count) - (count + 1) / 2
    span = max(middle[-1] - middle[0], 1.0)
    return ((middle - middle[0]) / span)[place]


def _distance(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Mean absolute difference of the features (one, other), feature by feature to spare memory."""
    total = np.zeros((len(one), len(other)))
    for j in range(one.shape[1]):
        total += np.abs(one[:, j, None] - other[None, :, j])
    return total / one.shape[1]


def _cluster(distance: np.ndarray, k: int) -> tuple[np.ndarray, float]:
    """Medoids that a greedy start and best swaps find, and how well they separate (mean silhouette)."""
    medoids = [int(distance.sum(axis=0).argmin())]
    while len(medoids) < k:
        nearest = distance[:, medoids].min(axis=1)
        gain = np.maximum(nearest[:, None] - distance, 0.0).sum(axis=0)
        gain[medoids] = -1.0
        medoids.append(int(gain.argmax()))
    for _ in range(_MOST_SWAPS):
        if not _swap(distance, medoids):
            break
    return np.array(sorted(medoids)), _silhouette(distance, medoids)


def _swap(distance: np.ndarray, medoids: list[int]) -> bool:
    """Make the best swap of a medoid for another future, if one lowers the cost."""
    cost = distance[:, medoids].min(axis=1).sum()
    best, where = cost - 1e-12, (-1, -1)
    for i in range(len(medoids)):
        others = [m for j, m in enumerate(medoids) if j != i]
        nearest = distance[:, others].min(axis=1)
        costs = np.minimum(nearest[:, None], distance).sum(axis=0)
        candidate = int(costs.argmin())
        if costs[candidate] < best:
            best, where = costs[candidate], (i, candidate)
    if where[0] < 0:
        return False
    medoids[where[0]] = where[1]
    return True


def _silhouette(distance: np.ndarray, medoids: Sequence[int]) -> float:
    """How much nearer futures are to their own medoid than to the next, on average: 0 to 1."""
    two = np.sort(distance[:, medoids], axis=1)[:, :2]
    return float(np.mean(1.0 - two[:, 0] / np.maximum(two[:, 1], 1e-12)))


def _telling(names: Sequence[str], scaled: np.ndarray, members: np.ndarray) -> tuple[str, ...]:
    """The answers in which a kind differs most from all futures."""
    apart = np.abs(scaled[members].mean(axis=0) - scaled.mean(axis=0))
    order = [j for j in np.argsort(-apart, kind="stable") if apart[j] >= _APART]
    return tuple(names[j] for j in order[:_TELLING])


def describe(kind: Kind, questions: Mapping[str, Question], seen: Seen) -> list[dict[str, Any]]:
    """What tells a kind: question, its answer within the kind and in all futures [unit]."""
    told = []
    for name in kind.telling:
        outcome, chance = seen.outcomes[name], questions[name].chance is not None
        middle = np.mean if chance else np.median
        told.append(
            {
                "question": name,
                "text": questions[name].text,
                "unit": questions[name].unit,
                "here": float(middle(outcome.value[kind.members])),
                "all": float(middle(outcome.value[outcome.counted])),
            }
        )
    return told


def label(kind: Kind, questions: Mapping[str, Question], seen: Seen) -> str:
    """A kind by a few of the answers that tell it: what nearly all of its futures have, or lack."""
    words = []
    for name in kind.telling:
        outcome = seen.outcomes[name]
        much, little = questions[name].short or _from_id(questions[name])
        if questions[name].chance is None:
            high = np.median(outcome.value[kind.members]) > np.median(outcome.value[outcome.counted])
            words.append(much if high else little)
            continue
        share = outcome.value[kind.members].mean()
        if share >= _NEARLY:
            words.append(much)
        elif share <= 1 - _NEARLY:
            words.append(little)
    return ", ".join(words[:_NAMED]) or "mixed"


def _from_id(question: Question) -> tuple[str, str]:
    """Words for yes and no where the case gives none: the question's id, which was written to be read."""
    told = question.id.replace("_", " ")
    return (told, f"no {told}") if question.chance is not None else (f"much {told}", f"little {told}")
