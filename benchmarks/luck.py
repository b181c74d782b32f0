"""What shared luck is worth: two arms of one seed, against arms of two seeds, which share nothing."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from benchmarks.flagship import CASE
from benchmarks.registry import Measure, benchmark

_ARM = "no-invitation"
_QUESTIONS = ("incumbent_out_90d", "detained", "deaths")
_SEEDS = 16  # the spread of so many means is known to a sixth of itself
_FEWEST = 40  # futures of a seed


@benchmark
def shared_luck(futures: int) -> list[Measure]:
    """Base minus no-invitation: how many times as far a difference with fresh luck spreads over seeds."""
    few = max(futures // 4, _FEWEST)
    with tempfile.TemporaryDirectory() as folder:
        found = [_one(Path(folder, str(seed)), seed, few) for seed in range(1, _SEEDS + 1)]
    return [_measure(name, np.array([one[name] for one in found]), few) for name in _QUESTIONS]


def _one(out: Path, seed: int, futures: int) -> dict[str, tuple[float, float, float, float]]:
    """Of one seed: question -> means of base and of the arm, errors of their difference, shared and fresh."""
    from diarchy.ensemble.design import sample
    from diarchy.ensemble.run import run
    from diarchy.questions.ask import put
    from diarchy.questions.intervals import group
    from diarchy.questions.question import questions_of, records
    from diarchy.scenario.compose import wire
    from diarchy.scenario.read import read

    scenario = read(CASE, ["run.hypotheses=none", f"run.seed={seed}"])
    model = wire(scenario, ("base", _ARM))
    design = sample(model, futures, seed, scenario.run.repeats)
    asked = {name: dict(scenario.questions[name].raw) for name in _QUESTIONS}
    kept = [q for q in questions_of(scenario, model) if q.id in _QUESTIONS]
    put_to = put(run(model, design, out, records(kept), 0, questions=asked), None, ("base", _ARM))
    found = {}
    for name in _QUESTIONS:
        one, two = put_to.outcomes[name, "base"], put_to.outcomes[name, _ARM]
        use = one.counted & two.counted
        a, b, draw = one.value[use], two.value[use], put_to.draw[use]
        shared, *own = (group(values, draw).standard_error() for values in (a - b, a, b))
        found[name] = float(a.mean()), float(b.mean()), shared, float(np.hypot(*own))
    return found


def _measure(name: str, found: np.ndarray, futures: int) -> Measure:
    """Spread over pairs of different seeds against that over seeds; and what the futures themselves tell."""
    base, arm, told_shared, told_fresh = found.T
    shared = float(np.std(base - arm, ddof=1))
    fresh = float(np.std((base[:, None] - arm)[~np.eye(len(base), dtype=bool)]))
    told = float(np.sqrt(np.mean(told_fresh**2) / np.mean(told_shared**2)))
    note = f"{fresh:.3g} against {shared:.3g}, {len(base)} seeds of {futures} futures; told {told:.3g}"
    return Measure(name, fresh / shared if shared else float("nan"), "x", note)
