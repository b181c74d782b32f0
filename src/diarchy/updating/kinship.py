"""How much weighted futures have in common by descent: what is left of an ensemble's variety.

Futures that are resampled are copies; moves then renew some of a copy's parameters and some of its luck. The
kinship of two futures is the share of both that has come down to them from a common ancestor: 1 for copies, 0
for strangers. Parameters count as one half, luck as the other. Luck that copies draw apart after they parted
counts for nothing, so kinship is rather too great than too small.

    strangers in effect = 1 / (weight' K weight)

which is the effective number of types of Leinster and Cobbold (2012, order 2), with kinship for similarity.

References
----------
leinster2012
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Kinship:
    """Kinship of futures in order, in parts that are strangers to each other.

    Parameters
    ----------
    parts : of some futures each: their founders (run,), of whom two have one or none in common; or the
        kinship of each with each (run, run).
    """

    parts: tuple[np.ndarray, ...]

    @classmethod
    def joined(cls, several: Sequence[Kinship]) -> Kinship:
        """Those of several groups of futures, one after the other."""
        return cls(tuple(part for one in several for part in one.parts))

    @property
    def founders(self) -> np.ndarray:
        """Founders of all; only where no move has been taken (run,)."""
        return np.concatenate(self.parts)

    def taken(self, places: np.ndarray) -> Kinship:
        """That of some futures, each as often as it is named, in ascending order."""
        first, some = 0, []
        for part in self.parts:
            here = places[(places >= first) & (places < first + len(part))] - first
            some.append(part[here] if part.ndim == 1 else part[np.ix_(here, here)])
            first += len(part)
        return Kinship(tuple(some))

    def moved(self, places: np.ndarray, kept: np.ndarray) -> Kinship:
        """After some futures of one part have moved.

        Parameters
        ----------
        places : which.
        kept : the share of each that has stayed as it was.
        """
        (part,) = self.parts
        mixed = part.copy() if part.ndim == 2 else (part[:, None] == part).astype(np.float32)
        mixed[places] *= kept[:, None]
        mixed[:, places] *= kept
        np.fill_diagonal(mixed, 1.0)
        return Kinship((mixed,))

    def strangers(self, weight: np.ndarray) -> float:
        """How many strangers count as much as weighted futures; `weight` adds up to one (run,)."""
        first, common = 0, 0.0
        founders, alone = [], []
        for part in self.parts:
            own = weight[first : first + len(part)]
            if part.ndim == 1:
                founders.append(part)
                alone.append(own)
            else:
                common += float(own @ part @ own)
            first += len(part)
        if founders:
            which = np.unique(np.concatenate(founders), return_inverse=True)[1]
            common += float(np.sum(np.bincount(which, weights=np.concatenate(alone)) ** 2))
        return 1.0 / common
