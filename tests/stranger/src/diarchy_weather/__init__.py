"""Weather: cold nights keep people at home.

Each place has a temperature that wanders around the season's mean; below freezing, the street empties as
under a curfew that more and more people obey.

Notes
-----
Anomaly: next = now e^(-dt/memory) + swing sqrt(1 - e^(-2 dt/memory)) z; its spread is that of any step.
Hindrance: clip(-(mean + anomaly) / bitter, 0, 1).
"""

import math

from diarchy.evidence import Judgement
from diarchy.mechanism import Draw, Fact, Mechanism, Parameter, Push, State, kernel
from diarchy.numerics import clip, normal_quantile
from diarchy.prior import lognormal, normal


@kernel
def push(now, p, u, out):
    """Keep people at home by as much as the cold."""
    for r in range(now.cold.shape[0]):
        for place in range(now.cold.shape[1]):
            out.crowd_curfew[r, place] = max(out.crowd_curfew[r, place], now.cold[r, place])


@kernel
def settle(now, p, u, inflow, next):
    """The anomaly and the cold at the end of the step."""
    for r in range(now.cold.shape[0]):
        kept = math.exp(-now.dt / p.memory[r])
        fresh = p.swing[r] * math.sqrt(1.0 - kept * kept)
        for place in range(now.cold.shape[1]):
            anomaly = kept * now.anomaly[r, place] + fresh * normal_quantile(u.front[r, place])
            next.anomaly[r, place] = anomaly
            next.cold[r, place] = clip(-(p.season[place] + p.shift[r] + anomaly) / p.bitter[r], 0.0, 1.0)


WEATHER = Mechanism(
    name="weather",
    doc="Cold nights keep people at home.",
    push=push,
    settle=settle,
    timescale=3.0,
    states=(
        State("anomaly", ("place",), "kelvin", "temperature over the season's mean"),
        State("cold", ("place",), "1", "share of people that the cold keeps at home", lower=0.0, upper=1.0),
    ),
    pushes=(Push("crowd.curfew", ("place",)),),
    draws=(Draw("front", ("place",)),),
    facts=(Fact("season", ("place",), "kelvin", "mean temperature over freezing", lower=-60, upper=50),),
    parameters=(
        Parameter("swing", "kelvin", 0.1, 20, lognormal(4.0, 1.5), Judgement("4 kelvin, as in cold plains"),
                  "standard deviation of the anomaly"),
        Parameter("shift", "kelvin", -15, 15, normal(0.0, 2.0), Judgement("winters differ by two kelvin"),
                  "how much warmer than usual the season is"),
        Parameter("memory", "day", 0.5, 30, lognormal(3.0, 1.5), Judgement("weather lasts some days"),
                  "time in which an anomaly fades"),
        Parameter("bitter", "kelvin", 5, 60, lognormal(20.0, 1.5), Judgement("nobody stays out at 20 below"),
                  "degrees below freezing at which everybody stays at home"),
    ),
)  # fmt: skip
