"""Where a number comes from, and how good it is.

Every default in the project carries a `Source` (a key of ``docs/references.bib`` or of a case's ``sources``)
or a `Judgement` (a reason, stated). A `Claim` is what somebody said, in our paraphrase, with a verdict.
"""

from __future__ import annotations

from dataclasses import dataclass

#: How a claim held up; 'opinion' is what no record can decide, questions among it; 'slip' is an error of the
#: transcript, not of the speaker.
VERDICTS = ("confirmed", "imprecise", "contradicted", "opinion", "slip")
#: What sort of statement a claim is.
KINDS = ("fact", "figure", "opinion", "forecast", "question")
QUESTION = "question"
#: How surely a source is known: read in the source itself, or recalled with some confidence.
CONFIDENCE = ("high", "med", "low")


@dataclass(frozen=True)
class Source:
    """A published place that a number was taken from.

    Parameters
    ----------
    key : key of the reference.
    locator : page, table or row.
    """

    key: str
    locator: str = ""

    def __str__(self) -> str:
        return f"{self.key}, {self.locator}" if self.locator else self.key


@dataclass(frozen=True)
class Judgement:
    """A number that no source gives: the reason why this one was chosen."""

    reason: str

    def __str__(self) -> str:
        return f"judgement: {self.reason}"


Evidence = Source | Judgement


@dataclass(frozen=True)
class Claim:
    """One checkable statement, paraphrased, and how it held up.

    Parameters
    ----------
    id : short unique name.
    speaker, role : who said it, and as what.
    paraphrase : what was said, in our words.
    kind : one of `KINDS`.
    verdict : one of `VERDICTS`.
    better : the better figure or reading, if any, and what it measures.
    source : keys of the case's sources that the better figure comes from.
    bears_on : qualified parameters, questions or hypotheses that it speaks to.
    as_of : the year, month or day that the better figure speaks of.
    against : other claims that it contradicts; both stand.
    locator : fingerprint of its passage (see `diarchy.citation`).
    """

    id: str
    speaker: str
    role: str
    paraphrase: str
    kind: str
    verdict: str
    better: str = ""
    source: tuple[str, ...] = ()
    bears_on: tuple[str, ...] = ()
    as_of: str = ""
    against: tuple[str, ...] = ()
    locator: str = ""
