"""The bundle: holds to its schema, stays small, agrees with the answers, and says the same every time."""

import copy
import json

import numpy as np
import pytest

import diarchy
from diarchy.errors import ResultsError
from diarchy.questions import outcomes
from diarchy.questions.ask import ask
from diarchy.questions.compare import compare_arms
from diarchy.report.added import add
from diarchy.report.bundle import bundle_from, bundle_of, size_of
from diarchy.report.check import check, check_words, schema
from diarchy.report.seen import look_over

MEGABYTE = 1_000_000


def test_it_holds_to_its_schema_and_is_small(bundle):
    check(bundle)
    assert json.loads(json.dumps(bundle, allow_nan=False)) == bundle
    assert size_of(bundle) < MEGABYTE


@pytest.mark.parametrize(
    ("break_it", "said"),
    [
        (lambda b: b.pop("days"), "'days' is missing"),
        (lambda b: b.update(surprise=1), "'surprise' is not known"),
        (lambda b: b.update(futures="many"), "expected integer"),
        (lambda b: b["days"].__setitem__(1, float("nan")), "expected number"),
        (lambda b: b["arms"][0].update(kind="foreign"), "is not taken"),
        (lambda b: b["answers"][0]["said"].pop("luck"), "'luck' is missing"),
        (lambda b: b["questions"]["wave"].pop("rule"), "'rule' is missing"),
        (
            lambda b: b["by_place"]["base"]["crowd.street/share"][0].__setitem__(0, "x"),
            "expected number or null",
        ),
    ],
)
def test_what_does_not_hold_is_refused(bundle, break_it, said):
    broken = copy.deepcopy(bundle)
    break_it(broken)
    with pytest.raises(ResultsError, match=said):
        check(broken)


def test_a_schema_with_unknown_words_is_itself_refused():
    check_words(schema())
    for deep in ({"minimum": 0}, {"items": {"minimum": 0}}, {"properties": {"a": {"minimum": 0}}}):
        with pytest.raises(ValueError, match="minimum"):
            check_words(deep)


def test_the_same_store_gives_the_same_bundle(store, bundle):
    assert bundle_of(diarchy.open_results(store)) == bundle


def test_its_answers_are_those_that_the_run_printed(store, bundle):
    kept = json.loads((store / "answers.json").read_text(encoding="utf-8"))["answers"]
    for one, printed in zip(bundle["answers"], kept, strict=True):
        asked = {key: bundle["questions"][one["id"]][key] for key in ("text", "outside", "resolved")}
        assert {k: v for k, v in one.items() if k != "said"} | asked == printed
    assert bundle_of(diarchy.open_results(store), {"answers": kept})["answers"] == bundle["answers"]


def test_answers_and_report_come_from_one_pass_over_the_store(store, bundle, monkeypatch):
    reads = []
    load = outcomes._load
    monkeypatch.setattr(outcomes, "_load", lambda *given: reads.append(given) or load(*given))
    looked = look_over(diarchy.open_results(store))
    each = [(place, block.start, name) for _, _, place, block, _, name in reads]
    assert len(each) == len(set(each)) > 100
    before = len(reads)
    answers = [one.to_json() for one in looked.answers()]
    assert bundle_from(looked, {"answers": answers}) == bundle
    assert len(reads) == before
    assert answers == [one.to_json() for one in ask(diarchy.open_results(store))]


def test_fans_are_quantiles_of_what_was_recorded(store, bundle):
    data = diarchy.open_results(store).data["crowd.street"].sel(arm="base").sum("place")
    fan = bundle["series"]["base"]["crowd.street"]
    for place, day in enumerate(bundle["days"]):
        now = data.sel(time=day).values
        assert fan["q50"][place] == pytest.approx(np.quantile(now, 0.5), rel=0.01)
        assert fan["q95"][place] == pytest.approx(np.quantile(now, 0.95), rel=0.01)
    assert all(a <= b for a, b in zip(fan["q05"], fan["q95"], strict=True))


def test_shares_by_place_count_futures_over_the_threshold_of_the_case(store, bundle):
    data = diarchy.open_results(store).data["crowd.street"].sel(arm="base")
    share = bundle["by_place"]["base"]["crowd.street/share"]
    day = min(len(share) - 1, 6)
    expected = 100 * (data.sel(time=bundle["days"][day]).values > 1000).mean(axis=0)
    assert np.abs(np.array(share[day]) - expected).max() <= 1


def test_boards_add_up_to_all_futures(bundle):
    holders = bundle["boards"]["base"]["authority.holder"]
    assert holders["names"][0] == "Presidency"
    total = np.array([[level[-1] for level in office] for office in holders["share"]]).sum(axis=1)
    assert ((total >= 98) & (total <= 102)).all()


def test_events_come_as_often_as_the_answers_say(bundle):
    chances = {
        a["id"]: a["value"] for a in bundle["answers"] if a["arm"] == "base" and a["kind"] == "probability"
    }
    events = {e["id"]: e for e in bundle["events"]["base"]}
    assert events.keys() == chances.keys() - {i for i, v in chances.items() if v is None}
    for name, event in events.items():
        assert event["share"] == pytest.approx(chances[name])
        assert event["by_day"] == sorted(event["by_day"])


def test_a_difference_between_arms_is_paired_and_zero_where_nothing_can_differ(bundle):
    found = {d["id"]: d for d in bundle["differences"] if d["arm"] == "no-invitation" and "from" not in d}
    assert found["wave"]["n"] == bundle["futures"]
    assert found["help_asked"]["value"] <= 0
    assert "troops_out_30d" not in found  # its condition cannot be met without an invitation


def test_any_two_arms_are_taken_apart_with_the_error_of_pairs(store, bundle):
    results = diarchy.open_results(store)
    moved = [(d["from"], d["arm"]) for d in bundle["differences"] if "from" in d and d["value"]]
    one, other = max(moved, key=moved.count)
    found = {d["id"]: d for d in bundle["differences"] if d["arm"] == other and d.get("from") == one}
    told = {c.name: c for c in compare_arms(results, one, other).changes if c.what == "answer"}
    told = {name: change for name, change in told.items() if "given" not in results.questions[name]}
    assert told
    for name, change in told.items():
        assert found[name]["n"] == change.n < bundle["futures"]
        if change.unit == "probability":
            assert found[name]["value"] == pytest.approx(change.difference, rel=1e-3)
            assert found[name]["interval"] == pytest.approx(list(change.interval), rel=1e-3)
    pairs = {(d.get("from", "base"), d["arm"]) for d in bundle["differences"]}
    assert len(pairs) == len(results.arms) * (len(results.arms) - 1) / 2


def test_every_assumption_has_a_tag_and_a_reason(bundle):
    assert len(bundle["assumptions"]) > 100
    for one in bundle["assumptions"]:
        assert one["sources"] or one["evidence"], one["name"]
    tags = {one["name"]: one["tag"] for one in bundle["assumptions"]}
    assert tags["media.population"] == "sourced"
    assert tags["government.may_ask"] == "lever"
    assert tags["authority.quota"] == "judged"


def test_the_map_is_the_cases_and_its_labels_are_known(bundle):
    drawn = {feature["id"] for feature in bundle["map"]["geojson"]["features"]}
    assert drawn == {place["id"] for place in bundle["places"]}
    assert "imply no endorsement" in bundle["map"]["note"]
    assert "\a" not in bundle["summary"]  # the composer's mark of a folded text


def test_a_store_without_its_case_has_nulls_not_inventions(store, tmp_path):
    import shutil

    bare = tmp_path / "bare"
    shutil.copytree(store, bare)
    (bare / "about.json").unlink()
    found = bundle_of(diarchy.open_results(bare))
    assert all(found[key] is None for key in ("assumptions", "sources", "claims", "map", "places"))
    assert found["series"]["base"]["crowd.street"]["q50"]
    (bare / "about.json").write_text("{", encoding="utf-8")
    with pytest.raises(ResultsError, match=r"about.json"):
        bundle_of(diarchy.open_results(bare))


WHY = {
    "schema": "diarchy/why/1", "question": "wave", "unit": "probability",
    "drivers": {"why": "", "parameters": [
        {"parameter": "crowd.backlash", "share": 0.3, "interval": [0.1, 0.5], "low": 0.2, "high": 0.7,
         "clear": True, "weakness": 0.5, "claims": ["c04"], "secret": "not taken"}]},
    "signals": {"theories": {"signals": [{"text": "a wave", "day": 3.0, "information": 0.2, "clear": True}]}},
}  # fmt: skip
UPDATE = {"schema": "diarchy/update/1", "until": "2022-01-06",
          "hypotheses": [{"name": "orbit", "prior": 0.2, "weight": 0.7}]}  # fmt: skip


def test_a_run_keeps_who_can_block_how_much(store, bundle):
    worlds = bundle["leverage"]["worlds"]
    assert worlds[0]["world"] == "as it is"
    assert len(worlds) == 4
    for world in worlds:
        assert sum(owner["share"] for owner in world["owners"]) == pytest.approx(1)
    named = {owner["name"]: owner for owner in worlds[0]["owners"]}
    assert named["Russia"]["nucleolus"] / worlds[0]["total"] == pytest.approx(0.3, abs=0.05)


def test_what_other_commands_found_out_is_added(store, tmp_path):
    import shutil

    copied = tmp_path / "more"
    shutil.copytree(store, copied)
    for document in (WHY, UPDATE):
        file = tmp_path / "found.json"
        file.write_text(json.dumps(document), encoding="utf-8")
        add(copied, file)
    found = bundle_of(diarchy.open_results(copied))
    assert found["drivers"]["wave"]["drivers"][0]["share"] == 0.3
    assert "not taken" not in json.dumps(found)
    assert found["hypotheses"]["hypotheses"][0]["after"] == 0.7
    assert found["scores"] is None


@pytest.mark.parametrize(
    "content",
    ["[]", "{", '{"schema": "elsewhere/1"}', '{"schema": "diarchy/why/1"}',
     '{"schema": "diarchy/why/1", "question": "../up", "drivers": {"parameters": []}}'],
)  # fmt: skip
def test_what_is_no_such_document_is_refused(tmp_path, content):
    file = tmp_path / "found.json"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(ResultsError):
        add(tmp_path, file)
    assert sorted(p.name for p in tmp_path.rglob("*.json")) == ["found.json"]


def test_a_number_beyond_all_bounds_is_none(tmp_path):
    file = tmp_path / "found.json"
    told = {**WHY, "drivers": {"explained": 10**400, "parameters": []}}
    file.write_text(json.dumps(told), encoding="utf-8")
    kept = json.loads(add(tmp_path, file).read_text(encoding="utf-8"))
    assert kept["explained"] is None
