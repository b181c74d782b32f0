"""Diarchy: a political crisis as a running model, its questions as probabilities with error bars.

Five verbs in the order of the work: ``read`` a scenario, ``wire`` its model, ``sample`` a design, ``run`` it
to results, ``ask`` them a question. Names are imported when first used, so that ``import diarchy`` is quick.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from diarchy.ensemble.design import Design, sample
    from diarchy.ensemble.results import Results, open_results
    from diarchy.ensemble.run import run
    from diarchy.errors import DiarchyError
    from diarchy.model import Model
    from diarchy.questions.answer import Answer
    from diarchy.questions.ask import ask
    from diarchy.scenario.compose import wire
    from diarchy.scenario.given import Scenario
    from diarchy.scenario.read import read

__version__ = "0.1.0"

#: Where each public name lives.
_HOMES = {
    "Answer": "diarchy.questions.answer",
    "Design": "diarchy.ensemble.design",
    "DiarchyError": "diarchy.errors",
    "Model": "diarchy.model",
    "Results": "diarchy.ensemble.results",
    "Scenario": "diarchy.scenario.given",
    "ask": "diarchy.questions.ask",
    "open_results": "diarchy.ensemble.results",
    "read": "diarchy.scenario.read",
    "run": "diarchy.ensemble.run",
    "sample": "diarchy.ensemble.design",
    "wire": "diarchy.scenario.compose",
}

__all__ = [
    "Answer",
    "Design",
    "DiarchyError",
    "Model",
    "Results",
    "Scenario",
    "__version__",
    "ask",
    "open_results",
    "read",
    "run",
    "sample",
    "wire",
]


def __getattr__(name: str) -> Any:
    """A public name, imported from its home when first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module 'diarchy' has no attribute '{name}'")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """The public names."""
    return list(__all__)
