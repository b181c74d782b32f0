"""The claims beside a case (``evidence.csv``): what was said, how it held up, and where it stands.

Claims move no run. They say which assumptions, questions and hypotheses each expert speaks to, so that an
answer can be traced to who said what; and they carry locators of their passages (see `diarchy.citation`), so
that a reader finds them in a copy of the analysis that the case does not ship.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from diarchy.citation import Locator, read_locator
from diarchy.errors import Faults, ScenarioError, nearest
from diarchy.evidence import KINDS, QUESTION, VERDICTS, Claim
from diarchy.mechanism import Mechanism
from diarchy.places import write_whole
from diarchy.scenario.compose import find_mechanisms
from diarchy.scenario.files import MAX_TABLE_BYTES, CaseFolder, shown
from diarchy.scenario.given import GivenFact, GivenPrior, Scenario
from diarchy.scenario.read import start_reading
from diarchy.scenario.tables import Table, check_columns, read_table

EVIDENCE = "evidence.csv"
#: The table of reports of a case, which `diarchy.updating` reads.
REPORTS = "reports.csv"
#: Columns that a table of claims has, and those that it may have too.
COLUMNS = ("id", "speaker", "role", "paraphrase", "kind", "verdict", "better", "source", "bears_on")
MORE = ("as_of", "against", "locator")
#: How a claim names an expert's hypothesis among what it bears on.
HYPOTHESIS = "hypothesis:"
_DAY = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")


@dataclass(frozen=True)
class Stated:
    """A claim and the ``file:line`` that it stands on."""

    claim: Claim
    where: str


@dataclass(frozen=True)
class Dossier:
    """A case's claims, checked.

    Parameters
    ----------
    scenario : the case that they speak to.
    claims : id -> claim, in the order of the file.
    file : the table; it need not exist.
    """

    scenario: Scenario
    claims: Mapping[str, Claim]
    file: Path

    def locators(self) -> dict[str, Locator]:
        """The locators of the claims that have one, by id."""
        return {key: read_locator(claim.locator) for key, claim in self.claims.items() if claim.locator}


def tables_beside(folder: Path) -> dict[str, str]:
    """Claims and reports by the names of their files, for a store to keep beside what it was run from."""
    case = CaseFolder(folder, Faults(ScenarioError))
    texts = {name: case.text(folder / name, "", MAX_TABLE_BYTES) for name in (EVIDENCE, REPORTS)}
    return {name: text for name, text in texts.items() if text is not None}


def read_dossier(path: str | Path, overrides: Sequence[str] = ()) -> Dossier:
    """A case with its claims.

    Parameters
    ----------
    path, overrides : as in `diarchy.scenario.read.read`.

    Raises
    ------
    ScenarioError : every fault of the case and of its claims.
    """
    faults = Faults(ScenarioError)
    reading = start_reading(path, overrides, faults)
    scenario = reading.scenario() if reading else None
    stated = read_claims(reading.folder) if reading else None
    if scenario and reading and stated is not None and reading.whole and reading.every_question:
        check_claims(stated, scenario, find_mechanisms(scenario, faults), faults)
    faults.raise_if_any()
    assert scenario is not None
    claims = {one.claim.id: one.claim for one in stated or ()}
    return Dossier(scenario, claims, scenario.folder / EVIDENCE)


def read_claims(folder: CaseFolder) -> tuple[Stated, ...] | None:
    """The claims of a case's table, in its order; None when there is one that cannot be read.

    Faults go to the folder's.
    """
    path = folder.root / EVIDENCE
    if not path.exists() and not path.is_symlink():
        return ()
    table = read_table(folder, path, "")
    if table is None or not check_columns(table, COLUMNS, f"{EVIDENCE}:1", folder.faults):
        return None
    claims: dict[str, Stated] = {}
    for i, row in enumerate(table.rows):
        _check_row(table, i, folder.faults)
        if row["id"] in claims:
            first = claims[row["id"]].where.rpartition(":")[2]
            folder.faults.add(f"'{shown(row['id'])}' is given twice (first on line {first})", table.at(i))
        claims.setdefault(row["id"], Stated(_claim(row), table.at(i)))
    return tuple(claims.values())


def _claim(row: Mapping[str, str]) -> Claim:
    """A row as a claim."""
    texts: dict[str, Any] = {name: row.get(name, "") for name in (*COLUMNS, *MORE)}
    for name in ("source", "bears_on", "against"):
        texts[name] = tuple(part.strip() for part in texts[name].split(";") if part.strip())
    return Claim(**texts)


def _check_row(table: Table, i: int, faults: Faults) -> None:
    """The cells of one row that have a form."""
    row, where = table.rows[i], table.at(i)
    for column, allowed in (("kind", KINDS), ("verdict", VERDICTS)):
        if row[column] not in allowed:
            near = nearest(row[column], allowed)
            faults.add(f"{column} '{shown(row[column])}' is not taken", where, ", ".join(allowed), near)
    for column in ("id", "speaker", "paraphrase"):
        if not row[column]:
            faults.add(f"column '{column}' is empty", where)
    if row.get("as_of") and not _DAY.fullmatch(row["as_of"]):
        faults.add(f"as_of '{shown(row['as_of'])}' is not a date", where, "YYYY, YYYY-MM or YYYY-MM-DD")
    if row.get("locator"):
        try:
            read_locator(row["locator"])
        except ValueError as error:
            faults.add(f"locator '{shown(row['locator'], 20)}' cannot be read: {error}", where,
                       cure="make it with `diarchy cite CASE --document FILE --make PASSAGES`")  # fmt: skip


def check_claims(stated: Sequence[Stated], scenario: Scenario, found: Mapping[str, Mechanism],
                 faults: Faults) -> None:  # fmt: skip
    """Every name that a claim uses must be there: of the model, a question, a hypothesis, a source, a claim.

    Parameters
    ----------
    stated : the claims, with their places.
    scenario, found : the case, and its mechanisms; when one is missing, names of the model are not checked.
    faults : where faults go.
    """
    names = [*_port_names(found), *scenario.questions]
    complete = len(found) == len(scenario.mechanisms)
    ids = {one.claim.id for one in stated}
    asked = {one.claim.id for one in stated if one.claim.kind == QUESTION}
    for one in stated:
        claim, where = one.claim, one.where
        what = f"claim '{shown(claim.id)}'"
        for name in claim.bears_on if complete else ():
            if not _names_hypothesis(name, scenario):
                allowed = f"a qualified name of the model, a question or {HYPOTHESIS}NAME"
                _check(name, names, f"{what} bears on", "which is nothing here", where, faults, allowed)
        for key in claim.source:
            _check(key, scenario.sources, f"{what} names source", "which the case does not have", where,
                   faults, cure="add it under sources in the case")  # fmt: skip
        for other in claim.against:
            _check(other, ids, f"{what} stands against", "which is no claim here", where, faults)
    for spec in scenario.questions.values():
        for name in spec.raw.get("asks", ()):
            what = f"question '{spec.id}' answers"
            _check(name, asked, what, f"which is no claim of kind '{QUESTION}' in {EVIDENCE}",
                   spec.at("asks"), faults)  # fmt: skip

    for theory, key, given in _differences(scenario):
        for name in given.claims:
            what = f"{key} of hypothesis '{theory}' follows claim"
            _check(name, ids, what, f"which is not in {EVIDENCE}", given.where, faults)


def _names_hypothesis(name: str, scenario: Scenario) -> bool:
    """Whether a claim bears on a hypothesis; one of any name, where the scenario has none."""
    theory = name.removeprefix(HYPOTHESIS)
    return name.startswith(HYPOTHESIS) and (not scenario.hypotheses or theory in scenario.hypotheses)


def _differences(scenario: Scenario) -> Iterator[tuple[str, str, GivenFact | GivenPrior]]:
    """Hypothesis, name of what differs, and how."""
    for theory, change in scenario.hypotheses.items():
        yield from ((theory, key, fact) for key, fact in change.layer.facts.items())
        yield from ((theory, key, prior) for key, prior in change.layer.priors.items())


def _check(name: str, known: Collection[str], who: str, why: str, where: str, faults: Faults,
           allowed: str = "", cure: str = "") -> None:  # fmt: skip
    """One name that must be known."""
    if name not in known:
        faults.add(f"{who} '{shown(name)}', {why}", where, allowed, nearest(name, known), cure)


def _port_names(found: Mapping[str, Mechanism]) -> Iterator[str]:
    """Qualified names of what a claim may bear on."""
    for m in found.values():
        for ports in (m.parameters, m.facts, m.states, m.inlets):
            yield from (f"{m.name}.{port.name}" for port in ports)


def write_locators(file: Path, locators: Mapping[str, Locator]) -> None:
    """Put locators into a table of claims, the rest of it left as it is; all or nothing.

    Parameters
    ----------
    file : the table, as read before.
    locators : by claim; claims that are not among them keep what they have.

    Raises
    ------
    ScenarioError : it cannot be written.
    """
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            columns, rows = list(reader.fieldnames or ()), list(reader)
        if "locator" not in columns:
            columns.append("locator")
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
        writer.writeheader()
        for row in rows:
            made = locators.get(row["id"].strip())
            writer.writerow({**row, "locator": str(made)} if made else row)
        write_whole(file, text.getvalue())
    except OSError as error:
        raise ScenarioError(f"'{file}' cannot be written: {error.strerror or error}") from error
