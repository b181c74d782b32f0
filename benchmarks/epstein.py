"""Epstein's Model I: citizen-steps a second and outcomes, beside Mesa's own example where Mesa is installed.

Both run Run 2's inputs by the rules of Mesa's example (von Neumann sight, C / A to the nearest whole
number, the jailed keep their sites, act and then move), on one processor, in one call. A citizen-step is
a citizen for a period, jailed or not. Mesa is warmed up before it is timed, so that the neighbourhoods
that it keeps are found.
"""

from __future__ import annotations

import importlib.util
import math
import statistics
import time
import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from diarchy.classics.epstein import CALM, RUNS, Rules, Run, simulate

#: Name, value, unit and note of each line.
Row = tuple[str, float, str, str]

SEEDS, PERIODS, WARM = 8, 300, 20
LARGE = 380  # a side with about 100,000 citizens
_AS_MESA = replace(RUNS["2"], reading="nearest", sight="diamond", jailed_stay=True, act_first=True)


def rows(mesa_large: bool = False) -> list[Row]:
    """Every line of the table.

    Parameters
    ----------
    mesa_large : whether Mesa runs the large torus too, which takes it a minute and 2 GB.
    """
    floor = replace(RUNS["2"], reading="floor")
    large = replace(_AS_MESA, side=LARGE)
    small_rate, large_rate = _rate(_AS_MESA, 3000), _rate(large, 30)
    lines: list[Row] = [
        ("40 x 40, rules of the paper", _rate(floor, 3000) / 1e6, "million/s", "vision 7, disc, floor"),
        ("40 x 40, rules of Mesa", small_rate / 1e6, "million/s", "vision 7, diamond, nearest"),
        (
            f"{LARGE} x {LARGE}, rules of Mesa",
            large_rate / 1e6,
            "million/s",
            f"{large.numbers()[0]:,} citizens",
        ),
    ]
    if importlib.util.find_spec("mesa") is None:
        return [*lines, ("Mesa", math.nan, "million/s", "is not installed")]
    taken: list[tuple[int, float]] = []
    theirs = [_mesa(seed, taken) for seed in range(SEEDS)]
    rate = sum(steps for steps, _ in taken) / sum(seconds for _, seconds in taken)
    lines.append(("40 x 40, Mesa", rate / 1e6, "million/s", f"{small_rate / rate:,.0f} x as fast here"))
    if mesa_large:
        slow = _mesa_large()
        lines.append(
            (f"{LARGE} x {LARGE}, Mesa", slow / 1e6, "million/s", f"{large_rate / slow:,.0f} x as fast here")
        )
    ours = [_measures(simulate(_AS_MESA, PERIODS, seed)) for seed in range(1, SEEDS + 1)]
    return lines + [
        _band(name, [run[name] for run in ours], [run[name] for run in theirs]) for name in ours[0]
    ]


def _rate(rules: Rules, periods: int) -> float:
    """Citizen-steps a second, the best of three after one to compile."""
    simulate(rules, 2, seed=1)
    return (
        rules.numbers()[0]
        * periods
        / min(_seconds(lambda: simulate(rules, periods, seed=1)) for _ in range(3))
    )


def _seconds(work: Callable[[], Any]) -> float:
    """Processor time of this process: others on the machine do not count."""
    began = time.process_time()
    work()
    return time.process_time() - began


def _measures(run: Run) -> dict[str, float]:
    """What is compared of a run."""
    return {
        "active, mean": float(run.active.mean()),
        "active, peak": float(run.active.max()),
        "jailed, mean": float(run.jailed.mean()),
        "quiet periods": float((run.active < CALM).mean()),
    }


def _band(name: str, ours: list[float], theirs: list[float]) -> Row:
    """Mean over seeds here, and the same of Mesa with whether they differ by more than luck allows."""
    mine, other = statistics.mean(ours), statistics.mean(theirs)
    error = math.sqrt((statistics.variance(ours) + statistics.variance(theirs)) / SEEDS)
    apart = abs(mine - other) / error if error else 0.0
    return (
        name,
        mine,
        "1" if name == "quiet periods" else "citizens",
        f"Mesa {other:.3g}, {apart:.1f} standard errors apart",
    )


def _model(seed: int, side: int) -> Any:
    """Mesa's own example with Run 2's inputs."""
    from mesa.examples.advanced.epstein_civil_violence.model import EpsteinCivilViolence

    return EpsteinCivilViolence(
        width=side, height=side, citizen_density=_AS_MESA.citizens, cop_density=_AS_MESA.cops,
        citizen_vision=int(_AS_MESA.vision), cop_vision=int(_AS_MESA.vision), legitimacy=_AS_MESA.legitimacy,
        max_jail_term=int(_AS_MESA.term), seed=seed,
    )  # fmt: skip


def _mesa(seed: int, taken: list[tuple[int, float]]) -> dict[str, float]:
    """One run of Mesa's; how many citizen-steps took how many seconds is added to `taken`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = _model(seed, _AS_MESA.side)
        active, jailed = [], []

        def go(periods: int) -> None:
            for _ in range(periods):
                model.step()
                active.append(model.ACTIVE)
                jailed.append(model.ARRESTED)

        go(WARM)
        seconds = _seconds(lambda: go(PERIODS - WARM))
    citizens = model.ACTIVE + model.QUIET + model.ARRESTED
    taken.append((citizens * (PERIODS - WARM), seconds))
    return _measures(Run(np.array(active), np.array(jailed)))


def _mesa_large() -> float:
    """Citizen-steps a second of Mesa's example on the large torus, one period after two to warm up."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = _model(1, LARGE)
        model.step()
        model.step()
        seconds = _seconds(model.step)
    return (model.ACTIVE + model.QUIET + model.ARRESTED) / seconds
