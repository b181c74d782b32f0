"""Priors as inverse distribution functions: one uniform in, one value out.

So Latin hypercubes, Sobol points and common draws all work alike. A prior is cut off at its parameter's
bounds: the uniform is mapped into the probability between them, and no draw is ever clipped onto a bound.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

#: What each form's two numbers mean.
FORMS = {
    "fixed": ("value",),
    "uniform": ("low", "high"),
    "normal": ("mean", "standard deviation"),
    "lognormal": ("median", "factor"),
    "beta": ("mean", "strength"),
}
_Z90 = 1.6448536269514722  # the standard normal quantile of 0.95


@dataclass(frozen=True)
class Prior:
    """What is believed of a parameter before any fit.

    Parameters
    ----------
    form : one of `FORMS`.
    numbers : the form's numbers, in the parameter's unit. A lognormal's `factor` is the 95 % quantile over
        the median; a beta's `strength` is the number of observations that its `mean` is worth.

    >>> uniform(0, 2).quantile(np.array([0.25]), 0, 1)
    array([0.25])
    """

    form: str
    numbers: tuple[float, ...]
    shift: float = 0.0
    scale: float = 1.0

    def __post_init__(self) -> None:
        if self.form not in FORMS:
            raise ValueError(f"no prior of form '{self.form}'")
        if len(self.numbers) != len(FORMS[self.form]):
            raise ValueError(f"a {self.form} prior takes {', '.join(FORMS[self.form])}")
        if not all(math.isfinite(x) for x in self.numbers):
            raise ValueError("a prior's numbers must be finite")
        a, b = (*self.numbers, math.inf)[:2]
        right = {
            "fixed": True,
            "uniform": a < b,
            "normal": b > 0,
            "lognormal": a > 0 and b > 1,
            "beta": 0 < a < 1 and b > 0,
        }
        if not right[self.form]:
            needs = "low < high, a positive spread, a factor above 1, a mean in (0, 1)"
            raise ValueError(f"{self}: needs {needs}")

    def __str__(self) -> str:
        plain = f"{self.form}({', '.join(f'{x:g}' for x in self.numbers)})"
        fitted = self.shift != 0.0 or self.scale != 1.0
        return f"{plain} fitted by ({self.shift:+.2f}, {self.scale:.2f})" if fitted else plain

    def fitted(self, shift: float, scale: float) -> Prior:
        """The same prior after a fit has moved and narrowed it; a fixed one stays as it is."""
        return self if self.is_fixed else replace(self, shift=shift, scale=scale)

    @property
    def is_fixed(self) -> bool:
        """Whether every future has the same value."""
        return self.form == "fixed"

    def chance_below(self, x: float) -> float:
        """The prior probability of a value at or below `x`, before the bounds cut it."""
        from scipy import special

        if x in (-math.inf, math.inf):
            return float(x > 0)
        a, b = (*self.numbers, 0.0)[:2]
        if self.form == "fixed":
            return float(x >= a)
        if self.form == "uniform":
            return min(max((x - a) / (b - a), 0.0), 1.0)
        if self.form == "normal":
            return float(special.ndtr((x - a) / b))
        if self.form == "lognormal":
            return float(special.ndtr(math.log(x / a) / (math.log(b) / _Z90))) if x > 0 else 0.0
        return float(special.betainc(a * b, (1 - a) * b, min(max(x, 0.0), 1.0)))

    def quantile(self, u: Any, lower: float = -math.inf, upper: float = math.inf) -> np.ndarray:
        """The value at each uniform, with the prior cut off at the bounds.

        Parameters
        ----------
        u : uniforms in (0, 1), any shape.
        lower, upper : the parameter's bounds.

        Raises
        ------
        ValueError : the bounds leave nothing of the prior.
        """
        from scipy import special

        u = np.asarray(u, dtype=float)
        if self.form == "fixed":
            if not lower <= self.numbers[0] <= upper:
                raise ValueError(f"{self.numbers[0]:g} lies outside [{lower:g}, {upper:g}]")
            return np.full(u.shape, float(self.numbers[0]))
        low, high = self.chance_below(lower), self.chance_below(upper)
        if high - low < 1e-6:
            raise ValueError(f"{self} has nothing within [{lower:g}, {upper:g}]")
        v = low + u * (high - low)
        a, b = self.numbers
        if self.shift != 0.0 or self.scale != 1.0:
            v = low + special.ndtr(self.shift + self.scale * special.ndtri(u)) * (high - low)
        if self.form == "uniform":
            x = a + v * (b - a)
        elif self.form == "normal":
            x = a + b * special.ndtri(v)
        elif self.form == "lognormal":
            x = a * np.exp(special.ndtri(v) * math.log(b) / _Z90)
        else:
            x = special.betaincinv(a * b, (1 - a) * b, v)
        return np.clip(x, lower, upper)  # rounding at the ends only


def fixed(value: float) -> Prior:
    """The same value in every future."""
    return Prior("fixed", (value,))


def uniform(low: float, high: float) -> Prior:
    """Anything between two values, alike."""
    return Prior("uniform", (low, high))


def normal(mean: float, sd: float) -> Prior:
    """Around a mean, with a standard deviation."""
    return Prior("normal", (mean, sd))


def lognormal(median: float, factor: float) -> Prior:
    """Around a median; 90 % lie within a factor of it."""
    return Prior("lognormal", (median, factor))


def beta(mean: float, strength: float) -> Prior:
    """A share around a mean that is worth `strength` observations."""
    return Prior("beta", (mean, strength))
