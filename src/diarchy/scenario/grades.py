"""How well each assumption is supported: sourced or judged, and whether the claims about it held up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from diarchy.evidence import CONFIDENCE, Claim, Evidence, Source
from diarchy.model import Arm
from diarchy.scenario.claims import Dossier
from diarchy.scenario.given import GivenPrior

JUDGED, FIXED = "judged", "set by hand"
#: Weakness by grade, from 0 (known) to 1. Only the order is meant: a source that was read, one that is less
#: sure, one that is recalled, no source at all. A claim about it that was contradicted, or that another claim
#: contradicts, adds a step.
WEAKNESS = {"sourced, high": 0.2, "sourced, med": 0.4, "sourced, low": 0.6, JUDGED: 0.8, FIXED: 0.8}
STEP = 0.2


@dataclass(frozen=True)
class Grade:
    """The support of one parameter.

    Parameters
    ----------
    parameter, meaning, prior : its name, what it is, and what is assumed of it.
    grade : a key of `WEAKNESS`.
    evidence : where the prior comes from, in words.
    claims : claims of the analysis that bear on it.
    disputed : those of them that were contradicted, or contradict each other.
    weakness : 0 to 1.
    """

    parameter: str
    meaning: str
    prior: str
    grade: str
    evidence: str
    claims: tuple[str, ...]
    disputed: tuple[str, ...]
    weakness: float


def grade_parameters(dossier: Dossier, arm: Arm) -> dict[str, Grade]:
    """The grade of each parameter of an arm, by qualified name."""
    given = {key: prior for layer in dossier.scenario.layers(arm.name) for key, prior in layer.priors.items()}
    grades = {}
    for name, parameter in arm.parameters().items():
        grade, words = _graded(given.get(name), parameter.evidence, dossier)
        about = [claim for claim in dossier.claims.values() if name in claim.bears_on]
        disputed = _disputed(about, dossier.claims)
        weakness = min(1.0, WEAKNESS[grade] + (STEP if disputed else 0.0))
        ids = tuple(claim.id for claim in about)
        grades[name] = Grade(
            name, parameter.doc, str(arm.priors[name]), grade, words, ids, disputed, weakness
        )
    return grades


def _graded(given: GivenPrior | None, declared: Evidence, dossier: Dossier) -> tuple[str, str]:
    """Grade and words of a prior: what a file gives goes before what the mechanism declares."""
    if given is not None:
        judged = given.judgement and f"judgement: {given.judgement}"
        followed = given.claims and f"after {', '.join(given.claims)}"
        words = "; ".join(str(part) for part in (", ".join(given.sources), followed, judged) if part)
        if not given.sources:
            return (JUDGED, words) if words else (FIXED, "set without a source")
        sure = [str(dossier.scenario.sources.get(key, {}).get("confidence", "med")) for key in given.sources]
        return f"sourced, {max(sure, key=CONFIDENCE.index)}", words
    # What a mechanism declares from the literature was mostly read as an abstract or a table: middling.
    return ("sourced, med" if isinstance(declared, Source) else JUDGED), str(declared)


def _disputed(about: Sequence[Claim], claims: Mapping[str, Claim]) -> tuple[str, ...]:
    """Claims that did not hold, or that stand against another one, said on either side."""
    attacked = {other for claim in claims.values() for other in claim.against}
    return tuple(c.id for c in about if c.verdict == "contradicted" or c.against or c.id in attacked)
