"""Pictures of a fit: prior against posterior, what was identified, and the predictive checks.

The only door to matplotlib here. One size, one set of colours that the colour-blind can tell apart, vector
text, no clock in the file: the same fit gives the same picture, byte for byte.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from diarchy.calibration.predictive import Check
from diarchy.errors import DesignError, Fault
from diarchy.mechanism import Parameter
from diarchy.prior import Prior

#: Parameters in the picture of densities: those of which most was learned.
MOST_SHOWN, COLUMNS = 16, 4
PRIOR_COLOUR, POSTERIOR_COLOUR, RECORD_COLOUR = "#999999", "#0072b2", "#d55e00"
POINTS = 400
NAMED = 5  # of which most was learned, and those that were narrowed, have their names in the picture
LITTLE, WIDE_SCALE = 0.1, 0.95  # a parameter that moved less and was narrowed less was not identified
TAIL = 0.005  # of either distribution that a density leaves out at each end
WIDE = 30.0  # upper over lower end from which an axis is in logs


@dataclass(frozen=True)
class Moved:
    """One parameter before and after.

    Parameters
    ----------
    name, parameter, prior : what it is and its declared prior.
    shift, scale : of the fit.
    information : divergence of posterior from prior [nat].
    """

    name: str
    parameter: Parameter
    prior: Prior
    shift: float
    scale: float
    information: float

    def values(self, u: np.ndarray, fitted: bool) -> np.ndarray:
        """Quantiles before or after the fit."""
        prior = self.prior.fitted(self.shift, self.scale) if fitted else self.prior.fitted(0.0, 1.0)
        return np.asarray(prior.quantile(u, self.parameter.lower, self.parameter.upper))


def draw(
    folder: Path, moved: Sequence[Moved], checks: Sequence[Check], texts: Mapping[str, str]
) -> list[Path]:
    """Write the pictures of a fit, as SVG.

    Parameters
    ----------
    folder : made if it is not there.
    moved : all parameters of the fit.
    checks : of the fit.
    texts : what each rung says, in words.

    Raises
    ------
    DesignError
        When matplotlib is not installed, or the folder cannot be written.
    """
    plot = _pyplot()
    most = sorted(moved, key=lambda one: -one.information)
    with plot.rc_context({"svg.hashsalt": "diarchy", "svg.fonttype": "none", "font.size": 8}):
        pictures = {
            "prior_posterior": _densities(plot, most[:MOST_SHOWN]),
            "identified": _identified(plot, most),
            "predictive": _predictive(plot, checks, texts),
        }
        try:
            folder.mkdir(parents=True, exist_ok=True)
            return [_save(plot, folder / f"{name}.svg", figure) for name, figure in pictures.items()]
        except OSError as error:
            fault = Fault(f"cannot be written: {error.strerror}", str(folder), cure="name another folder")
            raise DesignError([fault]) from None


def _pyplot() -> Any:
    """matplotlib's pyplot on a backend that needs no screen."""
    try:
        import matplotlib
    except ModuleNotFoundError:
        fault = Fault("this needs matplotlib, which is not installed", cure="pip install 'diarchy[figures]'")
        raise DesignError([fault]) from None
    matplotlib.use("svg")
    import matplotlib.pyplot

    return matplotlib.pyplot


def _save(plot: Any, path: Path, figure: Any) -> Path:
    """One file, without a date in it."""
    figure.savefig(path, metadata={"Date": None})
    plot.close(figure)
    return path


def _bare(axis: Any) -> None:
    """No frame where nothing is read off it."""
    for side in ("top", "right"):
        axis.spines[side].set_visible(False)


def _densities(plot: Any, moved: Sequence[Moved]) -> Any:
    """Prior and posterior densities of the parameters of which most was learned."""
    rows = max(math.ceil(len(moved) / COLUMNS), 1)
    figure, axes = plot.subplots(rows, COLUMNS, figsize=(9.5, 1.75 * rows + 0.4), layout="constrained")
    for axis, one in zip(np.ravel(axes), moved, strict=False):
        ends = [one.values(np.array([TAIL, 1 - TAIL]), fitted) for fitted in (False, True)]
        wide = min(e[0] for e in ends) > 0 and max(e[1] for e in ends) / min(e[0] for e in ends) > WIDE
        for fitted, colour in ((False, PRIOR_COLOUR), (True, POSTERIOR_COLOUR)):
            x, y = _density(one, fitted, wide)
            axis.plot(x, y, color=colour, lw=1.2)
            axis.fill_between(x, y, color=colour, alpha=0.25, lw=0)
        axis.set_title(one.name, fontsize=8)
        axis.set_xlabel("" if one.parameter.unit == "1" else one.parameter.unit, labelpad=0)
        axis.set_xscale("log" if wide else "linear")
        axis.set_yticks([])
        if not wide:
            axis.locator_params(axis="x", nbins=4)
        axis.set_ylim(bottom=0.0)
        _bare(axis)
    for axis in np.ravel(axes)[len(moved) :]:
        axis.set_visible(False)
    figure.suptitle("Declared prior (grey) and posterior (blue), most learned first", fontsize=9)
    return figure


def _density(one: Moved, fitted: bool, wide: bool) -> tuple[np.ndarray, np.ndarray]:
    """Density over the axis that is drawn: the slope of the distribution function."""
    u = np.linspace(TAIL, 1 - TAIL, POINTS)
    value = one.values(u, fitted)
    along = np.log(value) if wide else value
    grid = np.linspace(along[0], along[-1], POINTS // 4)
    chance = np.interp(grid, along, u)
    middle = (grid[1:] + grid[:-1]) / 2
    return np.exp(middle) if wide else middle, np.diff(chance) / np.diff(grid)


def _identified(plot: Any, moved: Sequence[Moved]) -> Any:
    """Every parameter by how far it moved and how much it was narrowed; names where much was learned."""
    figure, axis = plot.subplots(figsize=(7.5, 4.6), layout="constrained")
    axis.add_patch(plot.Rectangle((-LITTLE, WIDE_SCALE), 2 * LITTLE, 1.02 - WIDE_SCALE,
                                  color=PRIOR_COLOUR, alpha=0.2, lw=0))  # fmt: skip
    axis.axvline(0.0, color=PRIOR_COLOUR, lw=0.8)
    axis.scatter(
        [m.shift for m in moved], [m.scale for m in moved], s=14, color=POSTERIOR_COLOUR, alpha=0.7, lw=0
    )
    for one in [m for m in moved if m.scale <= WIDE_SCALE or m in moved[:NAMED]]:
        side = 1 if one.shift >= 0 else -1
        axis.annotate(one.name, (one.shift, one.scale), xytext=(4 * side, 3), textcoords="offset points",
                      fontsize=6.5, ha="left" if side > 0 else "right")  # fmt: skip
    axis.set_xlabel("shift, in standard deviations of the prior")
    axis.set_ylabel("width against the prior")
    axis.margins(x=0.25)
    _bare(axis)
    axis.set_title("What the library says of each parameter; in the grey box: next to nothing", fontsize=9)
    return figure


def _predictive(plot: Any, checks: Sequence[Check], texts: Mapping[str, str]) -> Any:
    """Shares in drawn libraries, before and after the fit, and on record."""
    figure, axis = plot.subplots(figsize=(7.5, 0.32 * len(checks) + 1.2), layout="constrained")
    for row, one in enumerate(reversed(checks)):
        for (low, middle, high), colour, up in (
            (one.prior, PRIOR_COLOUR, 0.14), (one.posterior, POSTERIOR_COLOUR, -0.14),
        ):  # fmt: skip
            axis.plot([low, high], [row + up] * 2, color=colour, lw=3, solid_capstyle="butt", alpha=0.7)
            axis.plot([middle], [row + up], "|", color=colour, ms=7)
        axis.plot([one.recorded], [row], "D", color=RECORD_COLOUR, ms=4)
    names = [f"{texts.get(one.rung, one.rung)} ({one.n})" for one in reversed(checks)]
    axis.set_yticks(range(len(checks)), names)
    axis.set_xlim(0.0, 1.0)
    axis.set_xlabel("share of crises (90 % of drawn libraries)")
    _bare(axis)
    axis.set_title("Prior (grey), posterior (blue), and the record (orange)", fontsize=9)
    return figure
