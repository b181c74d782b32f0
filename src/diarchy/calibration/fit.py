"""Fit the shared parameters of the mechanisms on the case library.

1. *Simulate*: every crisis of the library under one design, one future a draw; first over the declared
   priors, then over what a first fit has made of them.
2. *Emulate* (`emulator`): for each rung a logistic regression of the answer on the parameters' normal scores.
3. *Weigh* (`weighing`): the posterior of the scores under their standard normal prior, given what came of the
   cases; a part that all crises share, and one that crises of one class of regime share.

What a case answers is in `rungs`: the scored questions, and rungs between and beside them. Leaving a case out
is leaving its answers out of step 3; the simulations know nothing of what came of it. What the cases cannot
tell stays as it was: a scale near 1 says that a parameter was not identified.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import numpy as np

from diarchy.calibration.emulator import Wave, emulate
from diarchy.calibration.hands import each
from diarchy.calibration.library import Library, Onset
from diarchy.calibration.rungs import RUNGS, answers_of_futures
from diarchy.calibration.thin import ARM, run_onset, thin_model
from diarchy.calibration.weighing import Fit, Weigher
from diarchy.ensemble.design import Design, sample

DRAWS, SEED = 512, 20220109
NOWHERE: Mapping[str, tuple[float, float]] = MappingProxyType({})


def simulate(
    onsets: Sequence[Onset],
    draws: int = DRAWS,
    seed: int = SEED,
    keep: Path | None = None,
    tell: Callable[[int, int], None] | None = None,
    moved: Mapping[str, tuple[float, float]] = NOWHERE,
    workers: int = 1,
) -> Wave:
    """Run every case under one design.

    Parameters
    ----------
    onsets : the cases.
    draws : parameter draws, one future each.
    seed : of design and luck.
    keep : a folder to keep each case's answers in, from which an interrupted fit goes on.
    tell : told cases done and cases in all.
    moved : shift and scale by parameter, where the design is not to be over the declared priors.
    workers : processes that share the cases; 0 takes one for each processor.
    """
    design = design_under(onsets[0], moved, draws, seed)
    free = varying(design)
    cases = ((onset, onsets[0], dict(moved), draws, seed, keep) for onset in onsets)
    rows = each(_answers, cases, len(onsets), workers, tell)
    answers = {question: np.array([row[question] for row in rows]) for question in RUNGS}
    from scipy.special import ndtri

    columns = [design.names.index(name) for name in free]
    shift, scale = np.array([moved.get(name, (0.0, 1.0)) for name in free]).T
    triggers = tuple("price" if onset.price_shock else "affront" for onset in onsets)
    return Wave(free, shift + scale * ndtri(design.points[:draws, columns]), answers, triggers)


def design_under(
    onset: Onset, posterior: Mapping[str, tuple[float, float]], futures: int, seed: int
) -> Design:
    """A design over the declared priors as a fit has moved them.

    Parameters
    ----------
    onset : any case: all have the same parameters.
    posterior : shift and scale by parameter; a parameter without them stays as declared.
    futures, seed : of the design.
    """
    model = thin_model(onset)
    arm = model.arms[ARM]
    priors = {name: prior.fitted(*posterior.get(name, (0.0, 1.0))) for name, prior in arm.priors.items()}
    return sample(replace(model, arms={ARM: replace(arm, priors=priors)}), futures, seed, repeats=1)


def two_waves(
    library: Library,
    draws: int = DRAWS,
    seed: int = SEED,
    keep: Path | None = None,
    tell: Callable[[int, int], None] | None = None,
    workers: int = 1,
) -> Wave:
    """Run every case twice: over the declared priors, then over those that a first fit has moved.

    An emulator is a straight line through what is curved. One that was drawn over the priors is wrong where
    the posterior lies; the second is drawn there. The first fit knows all cases, but only says where to look.
    """
    first = simulate(library.onsets, draws, seed, keep, tell, workers=workers)
    fit = weigher(library, first).weigh()
    moved = {
        n: (round(float(a), 6), round(float(b), 6))
        for n, a, b in zip(fit.names, fit.shift, fit.scale, strict=True)
    }
    return simulate(library.onsets, draws, seed, keep, tell, moved, workers)


def varying(design: Design) -> tuple[str, ...]:
    """Parameters whose prior leaves anything open."""
    priors = next(iter(design.model.arms.values())).priors
    return tuple(name for name in design.names if not priors[name].is_fixed)


def _answers(
    onset: Onset,
    first: Onset,
    moved: Mapping[str, tuple[float, float]],
    draws: int,
    seed: int,
    keep: Path | None,
) -> dict[str, np.ndarray]:
    """Simulated answers of one case under the design of the first, from the folder if they are there."""
    tag = f"-{hashlib.sha256(repr(sorted(moved.items())).encode()).hexdigest()[:16]}" if moved else ""
    path = keep / f"{onset.id}-{draws}-{seed}{tag}.npz" if keep is not None else None
    if path is not None and path.exists():
        with np.load(path, allow_pickle=False) as kept:
            return {question: kept[question] for question in RUNGS}
    design = design_under(first, moved, draws, seed)
    found = answers_of_futures(run_onset(onset, design, range(draws), seed))
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part.npz")
        np.savez(part, allow_pickle=False, **found)
        part.replace(path)
    return found


def weigher(library: Library, wave: Wave) -> Weigher:
    """Emulators of a wave beside what came of its cases, ready to be weighed."""
    regimes = [onset.regime for onset in library.onsets]
    return Weigher(wave.names, emulate(wave), library.outcomes, regimes)


def table(fit: Fit, design: Design) -> dict[str, tuple[float, ...]]:
    """Rows for `posterior.write_posterior`: shift, scale, median before and after, effects by class."""
    parameters, priors = design.model.parameters(), next(iter(design.model.arms.values())).priors
    rows = {}
    for i, name in enumerate(fit.names):
        shift, scale, p, prior = float(fit.shift[i]), float(fit.scale[i]), parameters[name], priors[name]
        both = (prior.fitted(0.0, 1.0), prior.fitted(shift, scale))
        medians = (float(x.quantile(0.5, p.lower, p.upper)) for x in both)
        rows[name] = (
            shift,
            scale,
            *medians,
            *(round(float(effect[i]), 9) + 0.0 for effect in fit.effects.values()),
        )
    return rows
