"""What each mechanism and each lever is worth: worlds that lack one, paired with base by shared luck.

Dropping a mechanism drops exactly its pushes and its states, so a structural ablation is one line of a
scenario. The difference of an answer between base and such a world is what the mechanism does to it, all
that it sets off included; it is no share of anything, and differences need not add up.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from diarchy.errors import DiarchyError
from diarchy.questions.answer import difference_interval
from diarchy.questions.ask import BASE, Asked
from diarchy.questions.intervals import Bounds
from diarchy.questions.outcomes import pair
from diarchy.questions.question import Question
from diarchy.scenario.compose import wire
from diarchy.scenario.given import Layer, Scenario, Variant

WITHOUT = "without-"


@dataclass(frozen=True)
class Effect:
    """What leaving one thing out does to an answer.

    Parameters
    ----------
    arm : the world that lacks it.
    summary : what it lacks.
    with_it, without_it : share or mean answer in base and in that world, over the same futures [unit].
    difference : with less without: what the thing adds [unit]; None when there is none.
    interval : central 90 % bounds of the difference [unit].
    clear : whether the interval leaves out 0.
    n : pairs of futures.
    why : why there is no difference.
    """

    arm: str
    summary: str
    with_it: float | None = None
    without_it: float | None = None
    difference: float | None = None
    interval: Bounds | None = None
    clear: bool = False
    n: int = 0
    why: str = ""


def add_worlds_without(scenario: Scenario) -> tuple[Scenario, dict[str, str]]:
    """A scenario with one more variant for each mechanism, which drops it.

    Returns
    -------
    The scenario, and why a mechanism cannot be dropped: name of the world -> reason.
    """
    added = {
        f"{WITHOUT}{name}": Variant(
            f"Nothing of the mechanism '{name}'.", Layer(f"variant {WITHOUT}{name}"), (name,)
        )
        for name in scenario.mechanisms
    }
    wider = replace(scenario, variants={**scenario.variants, **added})
    refused: dict[str, str] = {}
    for name in added:
        try:
            wire(wider, [name])
        except DiarchyError as error:
            refused[name] = str(error.faults[0].what)
    kept = {name: variant for name, variant in wider.variants.items() if name not in refused}
    return replace(wider, variants=kept), refused


def effects(asked: Asked, question: Question, arms: Iterable[str], summaries: dict[str, str]) -> list[Effect]:
    """The effect of each world on one answer, the largest first, those without a difference last.

    Parameters
    ----------
    asked : the question put to base and to the worlds.
    arms : the worlds.
    summaries : what each lacks, in words.
    """
    found = [_effect(asked, question, arm, summaries.get(arm, "")) for arm in arms]
    return sorted(found, key=lambda e: (e.difference is None, -abs(e.difference or 0.0), e.arm))


def _effect(asked: Asked, question: Question, arm: str, summary: str) -> Effect:
    """One world against base."""
    one, other = asked.outcomes[question.id, BASE], asked.outcomes[question.id, arm]
    if one.why or other.why:
        return Effect(arm, summary, why=one.why or other.why)
    both = pair(one, other)
    use = both.counted & other.given  # a condition must be met with it and without it
    if not use.any():
        return Effect(arm, summary, why="no future counts in both worlds")
    interval = difference_interval(both.value[use], asked.draw[use], question.chance is not None)
    return Effect(
        arm,
        summary,
        float(one.value[use].mean()),
        float(other.value[use].mean()),
        float(both.value[use].mean()),
        interval,
        interval is not None and not interval[0] <= 0 <= interval[1],
        int(use.sum()),
    )


def worlds_of(arms: Sequence[str], theories: Iterable[str]) -> list[str]:
    """The arms that lack something: neither base nor a rival theory."""
    return [arm for arm in arms if arm != BASE and arm not in set(theories)]
