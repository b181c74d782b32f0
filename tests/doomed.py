"""A run of the toy model that is killed in a process of its own and resumed, and the same run undisturbed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from toys import RECORD, toy_model

from diarchy.ensemble.design import sample
from diarchy.ensemble.results import Results
from diarchy.ensemble.run import run


@dataclass(frozen=True)
class Doomed:
    """How large it is."""

    futures: int
    seed: int
    block: int
    steps: int

    def script(self) -> str:
        """A program that makes or resumes a store: its words are the path and how many workers."""
        return f"""
import sys, toys
from diarchy.ensemble.design import sample
from diarchy.ensemble.run import run
if __name__ == "__main__":
    model = toys.toy_model(steps={self.steps})
    design, (out, workers) = sample(model, {self.futures}, {self.seed}), sys.argv[1:]
    run(model, design, out, toys.RECORD, int(workers), block={self.block}, resume=True, notify=print)
"""

    def undisturbed(self, path: Path) -> Results:
        """The store that all others must equal."""
        model = toy_model(steps=self.steps)
        return run(model, sample(model, self.futures, self.seed), path, RECORD, block=self.block)
