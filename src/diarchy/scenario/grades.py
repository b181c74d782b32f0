"""How well each assumption is supported: sourced or judged, and whether the claims about it held up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from diarchy.evidence import CONFIDENCE, Claim, Evidence, Source
from diarchy.model import Arm
from diarchy.scenario.claims import Dossier
from diarchy.scenario.given import GivenFact, GivenPrior, Scenario

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
        words = words_of(given)
        if not given.sources:
            return (JUDGED, words) if words else (FIXED, "set without a source")
        sure = [str(dossier.scenario.sources.get(key, {}).get("confidence", "med")) for key in given.sources]
        return f"sourced, {max(sure, key=CONFIDENCE.index)}", words
    # What a mechanism declares from the literature was mostly read as an abstract or a table: middling.
    return ("sourced, med" if isinstance(declared, Source) else JUDGED), str(declared)


def words_of(given: GivenFact | GivenPrior) -> str:
    """Where a value that a file gives comes from, in words; empty when it does not say."""
    judged = f"judgement: {given.judgement}" if given.judgement else ""
    followed = f"after {', '.join(given.claims)}" if given.claims else ""
    return "; ".join(filter(None, (", ".join(given.sources), followed, judged)))


def rests_on(scenario: Scenario, arm: Arm) -> dict[str, str]:
    """What each parameter and fact of an arm rests on, in words: its sources, claims, judgement.

    What a variant changes without a word of its own rests on the variant: its summary says why.
    """
    words: dict[str, str] = {name: str(p.evidence) for name, p in arm.parameters().items()}
    for layer in scenario.layers(arm.name):
        given: dict[str, GivenFact | GivenPrior] = {**layer.facts, **layer.priors}
        for name, value in given.items():
            words[name] = words_of(value) or _set_by(scenario, arm.name, name, value.where)
    return words


def _set_by(scenario: Scenario, arm: str, name: str, where: str) -> str:
    """Who set a value that gives no reason of its own."""
    if name in scenario.from_command_line.priors:
        return "set on the command line"
    change = scenario.changes.get(arm)
    if change is not None and name in {**change.layer.priors, **change.layer.facts}:
        return f"the world '{arm}': {change.summary}"
    return f"no source ({where})" if where else "no source"


def _disputed(about: Sequence[Claim], claims: Mapping[str, Claim]) -> tuple[str, ...]:
    """Claims that did not hold, or that stand against another one, said on either side."""
    attacked = {other for claim in claims.values() for other in claim.against}
    return tuple(c.id for c in about if c.verdict == "contradicted" or c.against or c.id in attacked)
