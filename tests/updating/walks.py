"""A linear-Gaussian toy, for which the Kalman filter is exact: x' = memory x + push + shock, seen with noise.

In a module of its own, so that worker processes can import it.
"""

from __future__ import annotations

import datetime as dt

import numpy as np

from diarchy.calibration.targets import During, Error
from diarchy.evidence import Judgement
from diarchy.mechanism import Draw, Mechanism, Parameter, State, kernel
from diarchy.model import Calendar, Model, connect
from diarchy.numerics import normal_quantile
from diarchy.prior import Prior, fixed, normal
from diarchy.questions.measures import OfSeries
from diarchy.questions.question import Question
from diarchy.questions.series import Series
from diarchy.updating.reports import Report

START = dt.date(2022, 1, 1)
MEMORY, SHOCK, SEEN = 0.8, 1.0, 0.7
X = Series("walk.x", ())
END = Question("end", "Where does it end?", amount=OfSeries("last", X))
_TOY = Judgement("a toy for tests")


@kernel
def settle_walk(now, p, u, inflow, next):
    """One step of the walk."""
    for r in range(now.x.shape[0]):
        next.x[r] = p.memory[r] * now.x[r] + p.push[r] + p.shock[r] * normal_quantile(u.luck[r])


WALK = Mechanism(
    name="walk",
    doc="A walk that is drawn back to nought.",
    settle=settle_walk,
    states=(State("x", (), "1", "where it is"),),
    parameters=(
        Parameter("memory", "1", 0.0, 1.0, fixed(MEMORY), _TOY, "what is left of yesterday"),
        Parameter("push", "1", -50.0, 50.0, fixed(0.0), _TOY, "what is added"),
        Parameter("shock", "1", 0.0, 10.0, fixed(SHOCK), _TOY, "size of a shock"),
    ),
    draws=(Draw("luck"),),
)


def walk_model(days: int, **push: Prior) -> Model:
    """One arm for each prior of the push; 'base' has none if it is not named."""
    priors = {"base": fixed(0.0), **push}
    arms = {name: connect(name, [WALK], {}, {}, {"walk.push": prior}) for name, prior in priors.items()}
    return Model(Calendar(START, 1.0, days), arms)


def seen(day: int, value: float, told: int | None = None, **more) -> Report:
    """A report that x was `value` on the evening of a day, told on that day or later."""
    rule = During(OfSeries("last", X), -np.inf, float(day))
    date = START + dt.timedelta(days=day - 1)
    said = START + dt.timedelta(days=(told or day) - 1)
    return Report(
        f"day-{day:02d}", rule, value, Error("normal", SEEN), 1.0, date, said, settled=float(day), **more
    )


def kalman(values: list[float], push: Prior | None = None) -> tuple[float, float, float]:
    """Mean and standard deviation of x after the last value, and the log evidence of all, exactly.

    A normal push is a second state that does not move.
    """
    mean = np.array([0.0, push.numbers[0] if push else 0.0])
    spread = np.diag([0.0, push.numbers[1] ** 2 if push and push.form == "normal" else 0.0])
    step, noise, look = np.array([[MEMORY, 1.0], [0.0, 1.0]]), np.diag([SHOCK**2, 0.0]), np.array([1.0, 0.0])
    evidence = 0.0
    for value in values:
        mean, spread = step @ mean, step @ spread @ step.T + noise
        variance = look @ spread @ look + SEEN**2
        off = value - look @ mean
        evidence -= 0.5 * (np.log(2 * np.pi * variance) + off**2 / variance)
        gain = spread @ look / variance
        mean, spread = mean + gain * off, spread - np.outer(gain, look @ spread)
    return float(mean[0]), float(np.sqrt(spread[0, 0])), float(evidence)


def record() -> dict[str, np.dtype]:
    """What is kept of a walk."""
    return {"walk.x": np.dtype(float)}


PUSHED = normal(0.5, 1.0)
