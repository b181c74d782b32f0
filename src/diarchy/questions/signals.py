"""What to look for: how much each observable, by each date, is expected to tell rivals apart.

Rivals are the theories that were run side by side or, when there is one theory, the answers yes and no to a
question. An observable is a question of the case looked at early: its event has happened by a date, or is
true of what was so far, or its series has reached the middle value of all futures by then. The futures of
each rival say how likely it is to be seen, and Bayes does the rest.

Counting makes information out of noise. Draws are therefore shuffled between the rivals: the mean of the
shuffles is taken off, and what nearly all of them stay below is the floor under which nothing is claimed.

References
----------
lindley1956
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from diarchy.engine import FINE
from diarchy.questions.events import Never, Peaks, PeaksAt, ShareOfTime
from diarchy.questions.information import expected_information, posteriors
from diarchy.questions.measures import DayOf, OfSeries
from diarchy.questions.outcomes import Outcome, frames
from diarchy.questions.question import Question
from diarchy.questions.series import Absent, Frame
from diarchy.questions.vocabulary import Answerable, Vocabulary
from diarchy.randomness import stream_of

#: Days since the start at which is looked: daily at first, then ever more rarely.
DAYS = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 17, 21, 28, 35, 45, 60, 75, 90, 120, 180, 365)
#: Bootstrap samples and shuffles.
SAMPLES = 400
#: Share of shuffles that a signal must beat: hundreds of looks at 95 % would show a dozen that are nothing.
CERTAIN = 0.995
YES, NO = "yes", "no"


@dataclass(frozen=True)
class Signal:
    """One observable by one date.

    Parameters
    ----------
    question : the question that it is an early look at.
    text : what is looked for.
    day : since the start [day].
    information : expected information about which rival holds, chance taken off [bit].
    error : its standard error over draws [bit].
    clear : whether it is above the floor of shuffled draws.
    chance : probability of seeing it.
    if_seen, if_not : rival -> posterior probability.
    """

    question: str
    text: str
    day: float
    information: float
    error: float
    clear: bool
    chance: float
    if_seen: Mapping[str, float]
    if_not: Mapping[str, float]


@dataclass(frozen=True)
class Rivals:
    """Who is to be told apart, and which runs speak for each.

    Parameters
    ----------
    prior : rival -> probability before anything is seen.
    arms : rival -> the arm whose runs speak for it.
    members : rival -> which runs of that arm do (run,).
    """

    prior: Mapping[str, float]
    arms: Mapping[str, str]
    members: Mapping[str, np.ndarray]


def rival_theories(results: Answerable, weights: Mapping[str, float]) -> Rivals:
    """The arms of rival theories, by weight; only the first runs, which all have, so luck is shared."""
    arms = [str(name) for name in results.data["arm"].values]
    status = results.data["status"].values
    planned = results.attrs.get("planned") or {}
    runs = min(int(planned.get(name, status.shape[1])) for name in weights)
    first = np.arange(status.shape[1]) < runs
    fine = {name: (status[arms.index(name)] == FINE) & first for name in weights}
    total = sum(weights.values())
    return Rivals({name: w / total for name, w in weights.items()}, {name: name for name in weights}, fine)


def rival_answers(outcome: Outcome, arm: str, chance: bool) -> Rivals:
    """Yes and no to a question in one arm; of an amount, above its median and not."""
    value, use = outcome.value, outcome.counted
    said = value > 0.5 if chance else value > np.median(value[use])
    members = {YES: use & said, NO: use & ~said}
    share = float(said[use].mean())
    return Rivals({YES: share, NO: 1 - share}, {YES: arm, NO: arm}, members)


def find_signals(
    results: Answerable, vocabulary: Vocabulary, questions: Sequence[Question], rivals: Rivals, seed: int
) -> list[Signal]:
    """Every observable by every date, the most telling first.

    Parameters
    ----------
    results, vocabulary : the futures.
    questions : what can be looked at; differences of arms cannot.
    rivals : who is to be told apart.
    seed : of the bootstrap and of the shuffles.

    Notes
    -----
    An observable that nobody or everybody shows is left out. EIG and posteriors are those of
    `diarchy.questions.information`; the likelihood of a rival is the share of its futures.
    """
    visible = [q for q in questions if not q.minus_arm and _observable(q)]
    end = float(results.data["time"].values[-1])
    days = np.array([day for day in DAYS if day <= end])
    looks = {arm: _look(results, vocabulary, visible, arm, days) for arm in set(rivals.arms.values())}
    draw = results.data["draw"].values
    dealt = _dealt_answers(rivals, draw, seed)
    found = []
    for question in visible:
        seen = {arm: look[question.id] for arm, look in looks.items() if question.id in look}
        if len(seen) == len(looks):
            found.extend(_signals_of(question, seen, days, rivals, draw, dealt, seed))
    return sorted(found, key=lambda s: (-s.information, s.day, s.question))


def _observable(question: Question) -> bool:
    """Whether a question can be looked at before its answer is in."""
    return question.chance is not None or isinstance(question.amount, (OfSeries, DayOf))


def _look(results: Answerable, vocabulary: Vocabulary, questions: Sequence[Question], arm: str,
          days: np.ndarray) -> dict[str, np.ndarray]:  # fmt: skip
    """What each run of an arm shows of each question by each day: (run, day), NaN where there is nothing."""
    shape = (results.data.sizes["run"], len(days))
    shown = {question.id: np.full(shape, np.nan) for question in questions}
    states = [state for series in (s for q in questions[:1] for s in q.series()) for state in series.states()]
    for here, frame in frames(results, vocabulary, states[:1], arm):
        for question in questions:
            if question.id in shown:
                try:
                    shown[question.id][here] = _shown(question, frame, days)
                except Absent:
                    del shown[question.id]
    return shown


def _shown(question: Question, frame: Frame, days: np.ndarray) -> np.ndarray:
    """What the runs of a block show by each day (run, day)."""
    event = question.chance or (question.amount.event if isinstance(question.amount, DayOf) else None)
    if event is not None and not _needs_the_end(event):
        return (event.first(frame, frame.since_start)[:, None] <= days).astype(float)
    if event is not None:
        cut = [_until(frame, day) for day in days]
        return np.stack([np.isfinite(event.first(part, part.since_start)) for part in cut], axis=1).astype(
            float
        )
    assert isinstance(question.amount, OfSeries)
    values = frame.series(question.amount.of)
    if question.amount.word in ("largest", "smallest"):
        worst = np.maximum if question.amount.word == "largest" else np.minimum
        values = worst.accumulate(values, axis=1)
    elif question.amount.word == "change":
        values = values - values[:, :1]
    return values[:, np.searchsorted(frame.times, days + 1e-6, side="right") - 1]


def _needs_the_end(part: Any) -> bool:
    """Whether an event, or a part of it, is known only when the run has ended."""
    if isinstance(part, tuple):
        return any(map(_needs_the_end, part))
    if not dataclasses.is_dataclass(part):
        return False
    inside = (getattr(part, field.name) for field in dataclasses.fields(part))
    return isinstance(part, (Never, ShareOfTime, Peaks, PeaksAt)) or any(map(_needs_the_end, inside))


def _until(frame: Frame, day: float) -> Frame:
    """What is known of the runs of a block by a day: such an event is then judged on what was so far."""
    times = frame.times[frame.times <= day + 1e-6]
    return Frame(times, frame.runs, lambda name: frame.state(name, False)[:, : len(times)], frame.totals)


def _signals_of(question: Question, seen: Mapping[str, np.ndarray], days: np.ndarray, rivals: Rivals,
                draw: np.ndarray, dealt: np.ndarray | None, seed: int) -> list[Signal]:  # fmt: skip
    """The signals of one question, one a day."""
    found = []
    for place, day in enumerate(days):
        column = {arm: values[:, place] for arm, values in seen.items()}
        cut, text = _cut(question, column, rivals)
        signs = {name: column[arm] >= cut for name, arm in rivals.arms.items()}
        use = {name: rivals.members[name] & np.isfinite(column[arm]) for name, arm in rivals.arms.items()}
        told = _weigh(signs, use, rivals.prior, draw, dealt, seed)
        if told is not None:
            found.append(Signal(question.id, text, float(day), *told))
    return found


def _cut(question: Question, column: Mapping[str, np.ndarray], rivals: Rivals) -> tuple[float, str]:
    """From which value on it counts as seen, and how that is said."""
    if question.chance is not None or isinstance(question.amount, DayOf):
        event = question.chance or getattr(question.amount, "event", None)
        return 0.5, f"{question.text} (so far)" if _needs_the_end(event) else question.text
    pooled = np.concatenate([column[arm][rivals.members[name]] for name, arm in rivals.arms.items()])
    pooled = pooled[np.isfinite(pooled)]
    middle = float(np.median(pooled)) if len(pooled) else 0.0
    above = pooled[pooled > middle]
    cut = middle if middle > pooled.min(initial=middle) else float(above.min()) if len(above) else np.inf
    unit = "" if question.unit in ("1", "") else f" {question.unit}"
    return cut, f"{question.text} At least {float(f'{cut:.3g}'):,g}{unit}"


def _weigh(signs: Mapping[str, np.ndarray], use: Mapping[str, np.ndarray], prior: Mapping[str, float],
           draw: np.ndarray, dealt: np.ndarray | None, seed: int) -> tuple[Any, ...] | None:  # fmt: skip
    """Information, error, clearness, chance and posteriors of one observable; None when it tells nothing."""
    _, member = np.unique(draw, return_inverse=True)
    chances = np.array(list(prior.values()))
    hits = np.array(
        [np.bincount(member, weights=signs[n] & use[n], minlength=member.max() + 1) for n in prior]
    )
    runs = np.array([np.bincount(member, weights=use[n], minlength=member.max() + 1) for n in prior])
    if (runs.sum(axis=1) == 0).any() or hits.sum() in (0, runs.sum()):
        return None
    luck = np.random.default_rng([seed, stream_of("questions.signals")])
    draws = hits.shape[1]
    again = luck.multinomial(draws, np.full(draws, 1 / draws), SAMPLES).T
    informed = _information(hits.sum(axis=1)[:, None], runs.sum(axis=1)[:, None], chances)[0]
    error = float(_information(hits @ again, runs @ again, chances).std(ddof=1))
    if dealt is None:
        null = _information(*_shuffled_arms(hits, runs, seed), chances)
    else:
        known = np.any([use[name] for name in prior], axis=0)
        shown = known & np.any([signs[name] for name in prior], axis=0)
        null = _information(dealt @ shown.astype(np.float32), dealt @ known.astype(np.float32), chances)
    likelihood = hits.sum(axis=1) / runs.sum(axis=1)
    after = posteriors(chances, np.stack([likelihood, 1 - likelihood], axis=-1))
    names = list(prior)
    return (
        float(informed - null.mean()),
        error,
        bool(informed > np.quantile(null, CERTAIN)),
        float(chances @ likelihood),
        dict(zip(names, map(float, after[0]), strict=True)),
        dict(zip(names, map(float, after[1]), strict=True)),
    )


def _information(hits: np.ndarray, runs: np.ndarray, prior: np.ndarray) -> np.ndarray:
    """EIG of many tables at once, (rival, table) -> (table,) [bit]."""
    seen = (hits / np.maximum(runs, 1)).T
    return expected_information(prior, np.stack([seen, 1 - seen], axis=-1))


def _shuffled_arms(hits: np.ndarray, runs: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Tables in which the rivals of each draw have changed places: if all are alike, nothing changes."""
    luck = np.random.default_rng([seed, stream_of("questions.signals.arms")])
    order = np.argsort(luck.random((SAMPLES, *hits.shape)), axis=1)
    tables = [np.take_along_axis(x[None], order, axis=1).sum(axis=2).T for x in (hits, runs)]
    return tables[0], tables[1]


def _dealt_answers(rivals: Rivals, draw: np.ndarray, seed: int) -> np.ndarray | None:
    """Whose each run is when whole draws are dealt the answers of other draws: (rival, shuffle, run).

    None when rivals have an arm each, whose runs are shuffled by `_shuffled_arms`.
    """
    if len(set(rivals.arms.values())) > 1:
        return None
    _, member = np.unique(draw, return_inverse=True)
    order = np.argsort(member, kind="stable")
    begins = np.searchsorted(member[order], np.arange(member.max() + 1))
    inside = np.empty(len(draw), dtype=int)
    inside[order] = np.arange(len(draw)) - begins[member[order]]
    place = np.full((member.max() + 1, inside.max() + 1), len(draw))  # the place behind the last is nobody's
    place[member, inside] = np.arange(len(draw))
    luck = np.random.default_rng([seed, stream_of("questions.signals.draws")])
    dealt = np.array([place[luck.permutation(len(place))][member, inside] for _ in range(SAMPLES)])
    owned = [np.append(rivals.members[name], False) for name in rivals.prior]
    return np.array([own[dealt] for own in owned], dtype=np.float32)
