"""The case of Kazakhstan, January 2022: its tables add up, its sources exist, and it knows no outcome."""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

import diarchy.cases
from diarchy.evidence import CONFIDENCE, KINDS, VERDICTS
from diarchy.mechanisms.border import BORDER
from diarchy.mechanisms.government import GOVERNMENT
from diarchy.model import Model
from diarchy.questions.question import Question, read_questions
from diarchy.questions.vocabulary import vocabulary_of_model
from diarchy.scenario.check import check
from diarchy.scenario.given import Scenario
from diarchy.scenario.read import read

CASE = Path(next(iter(diarchy.cases.__path__))) / "kazakhstan_2022"
PROJECT = Path(__file__).resolve().parents[2]
DOCUMENT = PROJECT.parent / "shared" / "document"
LONGEST_COMMON_RUN = 7  # words in a row that may stand in the document too
FREEZE = dt.date(2021, 12, 30)
QUESTIONS = (
    "wave", "spread", "peak_participants", "peak_place_almaty", "deaths", "detained", "defection", "blackout",
    "concession", "incumbent_out_90d", "purge_30d", "control_gain", "coup_90d", "collapse_90d", "change_90d",
    "help_asked", "troops_come", "troops_out_30d", "stay_days", "help_needed", "warning_days",
    "first_in_west", "like_the_record", "moscow_gains", "china_loses", "multivector_ends", "moscow_hold",
    "north_demanded",
)  # fmt: skip
LONGEST_TEXT = 70  # characters of a question: three lines of the table at 100 columns
WEST = {"KZ-MAN", "KZ-ATY", "KZ-AKT", "KZ-ZAP"}
HYPOTHESES = {f"hypothesis:{name}" for name in ("orbit", "limited", "purge", "sticky", "external")}


def table(name: str) -> list[dict[str, str]]:
    """Rows of a table of the case."""
    with (CASE / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def document(name: str) -> dict[str, Any]:
    """A YAML file of the case as plain data."""
    return YAML(typ="safe", pure=True).load(CASE / name)


def total(name: str, column: str) -> int:
    """Sum of a column of whole numbers."""
    return sum(int(row[column]) for row in table(name))


def found(data: Any, key: str) -> Iterator[Any]:
    """Every value under a key, however deep."""
    if isinstance(data, dict):
        for name, value in data.items():
            if name == key:
                yield value
            yield from found(value, key)
    elif isinstance(data, list):
        for item in data:
            yield from found(item, key)


@pytest.fixture(scope="module")
def case() -> dict[str, Any]:
    return document("case.yaml")


@pytest.fixture(scope="module")
def questions() -> dict[str, Any]:
    return document("questions.yaml")["questions"]


def test_population_adds_up_to_the_bureau_s_total() -> None:
    assert len(table("places.csv")) == 17
    assert total("places.csv", "population") == 19_503_159
    for row in table("places.csv"):
        groups = int(row["kazakh"]) + int(row["russian"]) + int(row["other"])
        assert groups == int(row["population"]), row["id"]


def test_shares_of_the_population_are_plausible() -> None:
    everybody = total("places.csv", "population")
    assert total("places.csv", "kazakh") / everybody == pytest.approx(0.696, abs=0.01)
    assert total("places.csv", "russian") / everybody == pytest.approx(0.18, abs=0.01)
    urban = sum(int(row["population"]) * float(row["urban"]) for row in table("places.csv")) / everybody
    assert urban == pytest.approx(0.61, abs=0.01)


@pytest.mark.parametrize("organ", ["police", "national-guard", "security-committee", "army"])
def test_stationed_strengths_add_up_to_the_organ_s(organ: str) -> None:
    strength = {row["id"]: int(row["strength"]) for row in table("organs.csv")}
    assert total("places.csv", organ) == strength[organ]


def test_places_lie_in_the_country_and_one_is_the_capital() -> None:
    for row in table("places.csv"):
        assert 40 < float(row["lat"]) < 56
        assert 46 < float(row["lon"]) < 88
        assert 0 < float(row["reference_price"]) < float(row["shock_price"])
        assert 0 < float(row["dependence"]) < 1
    assert [row["id"] for row in table("places.csv") if row["seat"] == "1"] == ["KZ-AST"]


def test_neither_camp_holds_a_majority_of_the_offices() -> None:
    offices = table("offices.csv")
    weight = dict.fromkeys("012", 0.0)
    for row in offices:
        weight[row["first_holder"]] += float(row["weight"])
    assert sum(weight.values()) == 100
    assert weight["0"] < 50
    assert weight["1"] < 50
    assert [row["id"] for row in offices if row["council"] == "1"] == ["security-council-chair"]


def test_every_office_that_commands_and_every_organ_has_a_commander() -> None:
    for organ in (row["id"] for row in table("organs.csv")):
        assert any(row[organ] == "1" for row in table("offices.csv")), organ


def test_every_source_exists_and_is_used(case: dict[str, Any], questions: dict[str, Any]) -> None:
    used = {key for keys in found(case["facts"], "source") for key in keys}
    for value in found(questions, "source"):
        used |= {value} if isinstance(value, str) else set(value)
    for name in (
        "observed.csv",
        "evidence.csv",
        "offices.csv",
        "nodes.csv",
        "routes.csv",
        "markets.csv",
        "poles.csv",
    ):
        used |= {key for row in table(name) for key in row["source"].split(";") if key}
    assert used - set(case["sources"]) == set()
    assert set(case["sources"]) - used == set()
    assert {source["confidence"] for source in case["sources"].values()} <= set(CONFIDENCE)


def test_every_fact_has_a_source_or_a_judgement(case: dict[str, Any]) -> None:
    for name, fact in case["facts"].items():
        assert fact.get("source") or fact.get("judgement"), name


def test_no_fact_is_later_than_the_start_but_the_announced_shock(case: dict[str, Any]) -> None:
    start = document("scenarios/base.yaml")["run"]["start"]
    assert start == FREEZE
    later = [name for name, fact in case["facts"].items() if fact.get("date", start) > start]
    assert later == ["economy.shock_day"]


def test_no_fact_is_taken_from_the_record(case: dict[str, Any], questions: dict[str, Any]) -> None:
    facts = {key for keys in found(case["facts"], "source") for key in keys}
    outcomes = {key for q in questions.values() if q["resolved"] for key in q["resolved"]["source"]}
    assert facts & outcomes == set()


def test_questions_are_all_there_and_whole(questions: dict[str, Any]) -> None:
    assert set(QUESTIONS) <= set(questions)
    for name, question in questions.items():
        assert ("chance" in question) != ("amount" in question), name
        assert question["text"].endswith("?"), name
        assert {"outside", "resolved"} <= set(question), name
        if question["resolved"] and "chance" in question:
            assert question["resolved"]["value"] in (0, 1), name


def test_questions_are_short_enough_for_the_table(questions: dict[str, Any]) -> None:
    assert [name for name, question in questions.items() if len(question["text"]) > LONGEST_TEXT] == []


def test_a_limit_in_a_name_is_in_the_rule(questions: dict[str, Any]) -> None:
    limits = {name: name.rpartition("_")[2] for name in questions if re.search(r"_\d+d$", name)}
    assert len(limits) == 6
    for name, limit in limits.items():
        assert questions[name]["chance"]["within"]["of"] == f"{limit[:-1]} d", name


def test_the_west_and_the_others_are_all_places(questions: dict[str, Any]) -> None:
    first = questions["first_in_west"]["chance"]
    west, others = (set(part["crosses"]["at"]["place"]) for part in first["before"])
    assert west == WEST
    assert west | others == {row["id"] for row in table("places.csv")}
    assert not west & others


def test_like_the_record_joins_the_rules_of_four_questions(questions: dict[str, Any]) -> None:
    parts = questions["like_the_record"]["chance"]["both"]
    assert parts == [
        questions[name]["chance"] for name in ("wave", "spread", "first_in_west", "peak_place_almaty")
    ]
    assert questions["like_the_record"]["resolved"]["date"] == dt.date(2022, 1, 5)


def test_outcomes_are_not_given_to_the_run() -> None:
    given = (CASE / "scenarios" / "base.yaml").read_text(encoding="utf-8")
    for outcome in ("36831", "50000", "238", "9900", "2030"):
        assert outcome not in given


def test_observed_rows_are_dated_and_placed() -> None:
    places = {row["id"] for row in table("places.csv")} | {""}  # empty: the country, or abroad
    rows = table("observed.csv")
    for row in rows:
        day = dt.date.fromisoformat(row["date"])
        assert not row["report_date"] or dt.date.fromisoformat(row["report_date"]) >= day, row
        assert day >= FREEZE, row
        assert row["place"] in places, row
        assert row["confidence"] in CONFIDENCE, row
        if row["figure"]:
            assert float(row["figure"]) > 0, row
            assert row["unit"], row
    assert [row["unit"] for row in rows if row["figure"] == "164"] == ["deaths (retracted)"]


def test_evidence_uses_known_words_and_speaks_to_something(questions: dict[str, Any]) -> None:
    rows = table("evidence.csv")
    assert len({row["id"] for row in rows}) == len(rows)
    for row in rows:
        assert row["kind"] in KINDS, row
        assert row["verdict"] in VERDICTS, row
        for target in filter(None, row["bears_on"].split(";")):
            parameter = re.fullmatch(r"[a-z]+\.[a-z_]+", target)
            assert parameter or target in questions or target in HYPOTHESES, row


def test_a_claim_that_a_hypothesis_follows_bears_on_what_it_changes() -> None:
    scenario = document("scenarios/base.yaml")
    bears = {row["id"]: row["bears_on"].split(";") for row in table("evidence.csv")}
    for name, theory in scenario["hypotheses"].items():
        for key, given in {**theory["priors"], **theory.get("facts", {})}.items():
            for claim in given.get("claims", ()):
                assert key in bears[claim], (name, claim)


def test_claims_speak_to_energy_ties_and_land() -> None:
    spoken = {target for row in table("evidence.csv") for target in row["bears_on"].split(";")}
    for mechanism in ("energy", "alignment", "border"):
        assert any(target.startswith(f"{mechanism}.") for target in spoken), mechanism
    assert {"moscow_hold", "moscow_gains", "multivector_change", "north_demanded", "troops_pull"} <= spoken


def test_base_rate_of_a_demand_is_counted_from_its_table(questions: dict[str, Any]) -> None:
    """Years at risk end with the first demand of a pair."""
    years = demands = 0
    for row in table("demands.csv"):
        demands += int(row["demands"])
        years += int(row["first_demand"] or row["to"]) - int(row["from"]) + 1
    assert (demands, years) == (4, 852)
    assert next(p for p in BORDER.parameters if p.name == "base_rate").prior.numbers[0] == pytest.approx(
        demands / years / 365.25, rel=0.02
    )
    outside = questions["north_demanded"]["outside"]
    assert outside["n"] == years
    assert outside["value"] == pytest.approx(demands / years * 90 / 365.25, rel=0.05)


def test_rate_of_a_grab_is_counted_from_its_table(questions: dict[str, Any]) -> None:
    """No move in the years of dual rules beyond their second: half an event by Jeffreys."""
    years = 0.0
    for row in table("diarchies.csv"):
        lasted = (dt.date.fromisoformat(row["until"]) - dt.date.fromisoformat(row["since"])).days / 365.25
        years += max(lasted - 2.0, 0.0)
        assert row["moved"] == "0" or lasted < 2.0, row
    rate = 0.5 / years
    assert next(p for p in GOVERNMENT.parameters if p.name == "grasp").prior.numbers[0] == pytest.approx(
        rate / 365.25, rel=0.02
    )
    outside = questions["purge_30d"]["outside"]
    assert outside["n"] == round(years)
    assert outside["value"] == pytest.approx(rate * 30 / 365.25, rel=0.05)


def test_the_network_of_2021_adds_up() -> None:
    """What is carried balances at every node, and exports are those of the year."""
    nodes, routes = table("nodes.csv"), table("routes.csv")
    assert sum(float(row["carried"]) for row in routes if row["exit"] == "1") == pytest.approx(67.6)
    for node in nodes:
        enters = sum(float(row["carried"]) for row in routes if row["to"] == node["id"]) + float(
            node["supply"]
        )
        leaves = sum(float(row["carried"]) for row in routes if row["from"] == node["id"])
        if leaves:
            assert enters == pytest.approx(leaves, abs=0.05), node["id"]
    for row in routes:
        assert float(row["carried"]) <= float(row["capacity"]), row["id"]
    assert sum(float(row["field"]) for row in table("places.csv")) == pytest.approx(1.0)


def words(text: str) -> list[str]:
    """Words of a text, in lower case."""
    return re.findall(r"[a-z0-9]+", text.lower())


@pytest.mark.skipif(not DOCUMENT.is_dir(), reason="the document is not shipped")
def test_nothing_is_copied_from_the_document() -> None:
    run = LONGEST_COMMON_RUN + 1
    theirs = set()
    for path in DOCUMENT.glob("*.txt"):
        listed = words(path.read_text(encoding="utf-8"))
        theirs |= {tuple(listed[i : i + run]) for i in range(len(listed) - run + 1)}
    assert theirs
    for path in CASE.rglob("*.*"):
        if path.suffix in (".csv", ".yaml", ".md"):
            listed = words(path.read_text(encoding="utf-8"))
            ours = {tuple(listed[i : i + run]) for i in range(len(listed) - run + 1)}
            assert ours & theirs == set(), path.name


def test_the_case_passes_the_strict_check_with_its_questions() -> None:
    def parse(scenario: Scenario, model: Model) -> tuple[Question, ...]:
        specs = {key: spec.raw for key, spec in scenario.questions.items()}
        return read_questions(specs, vocabulary_of_model(model, scenario.variants))

    assert check("kazakhstan-2022", strict=True, parse_questions=parse) == []


def test_every_lever_of_the_variants_is_pulled_to_zero() -> None:
    variants = read("kazakhstan-2022").variants
    assert set(variants) == {
        "no-price-shock", "no-invitation", "no-purge", "no-blackout", "no-concession", "no-rivalry",
    }  # fmt: skip
    for name, variant in variants.items():
        (prior,) = variant.layer.priors.values()
        assert (prior.form, prior.numbers) == ("fixed", (0,)), name
        assert variant.summary, name
