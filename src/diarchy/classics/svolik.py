"""Svolik's authoritarian power-sharing: how dictators fall, and when a grab for power is deterred.

Two thirds of those who lose office unconstitutionally lose it to a coup. In the stylised model here (not
the paper's own functions) a ruler of power b can grab more, by Delta; his allies notice with chance pi_1
if he does and pi_0 if not, and a removal succeeds with chance 1 - b. The threat deters a grab up to b* =
1 - g Delta / ((pi_1 - pi_0) V), above which the ruler is established; below, he is removed at a rate pi_0
(1 - b). `authority` has that hazard.

References
----------
svolik2009, svolik2012
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from diarchy.classics.frame import Check, Classic

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Leaders removed unconstitutionally, 1946 to 2008, by how.
EXITS = {"coup": 205, "uprising": 32, "pressure to democratise": 30, "assassination": 20, "intervention": 16}
SHARES = {
    "coup": 67.7,
    "uprising": 10.6,
    "pressure to democratise": 9.9,
    "assassination": 6.6,
    "intervention": 5.3,
}


def deterred_up_to(noticed: float, alarm: float, grab: float, gain: float = 1.0, value: float = 1.0) -> float:
    """b*: the power [1] up to which allies deter a grab.

    Parameters
    ----------
    noticed, alarm : chance that allies see a grab, and that they see one where there is none [1].
    grab : by how much it raises power [1].
    gain, value : what a unit of power is worth, and what office is.
    """
    return 1.0 - gain * grab / ((noticed - alarm) * value)


def removal(power: float, alarm: float) -> float:
    """Hazard of removal of a contested ruler [1/period]: a false alarm, and a coup that succeeds."""
    return alarm * (1.0 - power)


def check(seeds: int) -> tuple[Check, ...]:
    """Shares of exits, and the example of the stylised model."""
    total = sum(EXITS.values())
    rows = [Check(f"exits by {mode} [%]", SHARES[mode], 100 * n / total, 0.05, "svolik2009",
                  "published" if mode in ("coup", "uprising") else "recalled")
            for mode, n in EXITS.items()]  # fmt: skip
    return (
        Check("unconstitutional exits", 303, total, 0, "svolik2009", "recalled"),
        *rows,
        Check(
            "b* at pi .6 and .1, Delta .1", 0.8, deterred_up_to(0.6, 0.1, 0.1), 1e-12, "svolik2009", "derived"
        ),
        Check("hazard of removal at b = .45", 0.055, removal(0.45, 0.1), 1e-12, "svolik2009", "derived"),
    )


def figure(canvas: Figure) -> None:
    """How they fell, and the hazard over power."""
    left, right = canvas.subplots(1, 2)
    left.barh(list(EXITS)[::-1], list(EXITS.values())[::-1])
    left.set(xlabel="leaders, 1946-2008", title="How they fell")
    edge, power = deterred_up_to(0.6, 0.1, 0.1), np.linspace(0, 1, 201)
    right.plot(power, [removal(b, 0.1) if b <= edge else 0.0 for b in power])
    right.axvline(edge, color="0.6", ls=":")
    right.set(xlabel="power of the ruler", ylabel="removal a period", title="Contested, then established")


CLASSIC = Classic(
    name="svolik",
    title="Power-sharing in authoritarian regimes",
    about="Most dictators fall to their allies, whose threat works only while the ruler is weak enough.",
    references=("svolik2009", "svolik2012"),
    mechanisms=("authority", "government"),
    check=check,
    figure=figure,
    caveats=("Counts are quoted from memory but for two shares; the model is a stylised form of our own.",),
)
