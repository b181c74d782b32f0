"""Every page of the classics: its numbers, its figure, and the list of checks that stand elsewhere."""

import ast
from pathlib import Path

import pytest

from diarchy.classics import CLASSICS, find
from diarchy.classics.figures import FigureError, save
from diarchy.classics.frame import BASES, Check
from diarchy.errors import DiarchyError
from diarchy.registry import mechanism_names

#: Slower than a second: their own tests have them.
SLOW = {"epstein", "epstein-ethnic"}
QUICK = [name for name in CLASSICS if name not in SLOW]
TESTS = Path(__file__).resolve().parents[1]

#: The numbered checks of the models behind the mechanisms: where each is tested, by file and test name.
#: Check 3 needs a table of 26 actors that could not be obtained; `compromise-mean` says so.
CHECKS = {
    1: "ground/test_indices.py::check_1_",
    2: "ground/test_indices.py::check_2_",
    4: "classics/test_classics.py::check_4_",
    5: "classics/test_epstein.py::check_5_",
    6: "classics/test_epstein.py::check_6_",
    7: "classics/test_epstein.py::check_7_",
    8: "classics/test_epstein.py::checks_5_7_8_",
    9: "classics/test_classics.py::check_9_",
    10: "classics/test_classics.py::check_10_",
    11: "classics/test_classics.py::check_11_",
    12: "classics/test_classics.py::check_12_",
    13: "classics/test_classics.py::check_13_",
    14: "classics/test_classics.py::check_14_",
    15: "ground/test_indices.py::check_15_",
    16: "classics/test_classics.py::check_16_",
    17: "ground/test_networks.py::check_17_",
    18: "ground/test_networks.py::check_18_",
    19: "classics/test_classics.py::check_19_",
    20: "classics/test_classics.py::check_20_",
    21: "classics/test_classics.py::check_21_",
    22: "classics/test_classics.py::check_22_",
    23: "classics/test_classics.py::check_23_",
    24: "classics/test_classics.py::check_24_",
    25: "updating/test_sifting.py::the_filter_equals_the_kalman_filter_",
    26: "test_flagship.py::arms_are_one_future_until_they_differ",
    27: "ensemble/test_run.py::workers_and_blocks_change_no_bit",
}


def holds(name, *, least, seeds=20):
    """The checks of a page: at least so many, and each as its record says."""
    checks = find(name).check(seeds)
    assert len(checks) >= least
    for check in checks:
        assert check.reproduces == (not check.gap), f"{check.name}: {check.published} against {check.ours}"
    return {check.name: check for check in checks}


def test_check_1_and_2_the_condorcet_election():
    holds("condorcet-election", least=15)


def test_check_4_the_emission_standards_but_for_one_median():
    checks = holds("scholz", least=36)
    assert [name for name, check in checks.items() if check.gap] == ["round 2: median [year]"]
    holds("compromise-mean", least=4)


def test_check_9_granovetter():
    holds("granovetter", least=15, seeds=3)


def test_check_10_watts():
    holds("watts", least=4)


def test_check_11_kuran():
    holds("kuran", least=4)


def test_check_12_and_check_14_regime_change():
    holds("regime-change", least=25)


def test_check_13_edmond():
    holds("edmond", least=10)


def test_check_14_turnout_that_is_seen():
    from diarchy.classics.regime_change import seen_turnout, thresholds

    for beta, gamma in ((4.0, 1.25), (4.0, 1.30), (1.0, 2.4), (1.0, 2.6)):
        several = len(thresholds(beta * gamma, beta, 0.5, 0.5)) == 3
        assert seen_turnout(beta, gamma) == several


def test_check_15_power_indices():
    holds("power-indices", least=15)


def test_check_16_quantal_response():
    holds("quantal-response", least=15)


def test_check_17_and_18_transit_games():
    holds("transit-games", least=20)


def test_check_19_acemoglu_robinson():
    holds("acemoglu-robinson", least=3)


def test_check_20_svolik():
    holds("svolik", least=8)


def test_check_21_kaplan_meier():
    pytest.importorskip("lifelines", reason="the comparison needs the extra `science`")
    checks = holds("kaplan-meier", least=9)
    assert "largest difference from lifelines [1]" in checks


def test_check_22_concentration():
    holds("concentration", least=14)


def test_check_23_scores_and_information():
    holds("proper-scores", least=7)


def test_check_24_alliance_similarity():
    holds("alliance-similarity", least=5)


def test_cutting_the_net_disperses():
    holds("hassanpour", least=5)


def test_propaganda_beats_precise_signals():
    from diarchy.classics.edmond import threshold

    falling = [threshold(alpha, 0.5) for alpha in (1, 4, 25, 100, 1e4, 1e6)]
    assert falling == sorted(falling, reverse=True)
    assert falling[-1] < 0.003


def test_the_decision_model_does_not_settle():
    from diarchy.classics.scholz import EMISSIONS, rounds

    medians, means = rounds(EMISSIONS, 40)
    assert abs(medians[-1] - medians[-2]) + medians[20:].std() > 0.5
    assert medians[0] == 7
    assert means[0] == pytest.approx(7.389956, abs=5e-7)


@pytest.mark.parametrize("number", CHECKS)
def test_every_numbered_check_has_its_test(number):
    file, _, part = CHECKS[number].partition("::")
    tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
    names = [node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    assert any(part.rstrip("_") + "_" in name + "_" for name in names), f"no test of {part} in {file}"


@pytest.mark.parametrize("name", CLASSICS)
def test_a_page_is_whole(name):
    page = find(name)
    assert page.name == name
    assert page.title
    assert page.about.endswith(".")
    assert page.references
    assert page.caveats
    assert page.check.__doc__
    assert page.figure.__doc__
    known = {*mechanism_names(), "energy", "alignment", "border"}
    assert set(page.mechanisms) <= known


@pytest.mark.parametrize("name", QUICK)
def test_every_figure_can_be_drawn(name, tmp_path):
    pytest.importorskip("matplotlib", reason="figures need the extra `figures`")
    save(find(name), tmp_path / "page.svg")
    assert len((tmp_path / "page.svg").read_bytes()) > 5_000


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_a_figure_is_the_same_file_twice(kind, tmp_path):
    pytest.importorskip("matplotlib", reason="figures need the extra `figures`")
    files = [tmp_path / f"{n}.{kind}" for n in range(2)]
    for file in files:
        save(find("kuran"), file)
    first, again = (file.read_bytes() for file in files)
    assert first == again


def test_a_figure_says_what_is_wrong_all_at_once(tmp_path):
    with pytest.raises(FigureError) as caught:
        save(find("kuran"), tmp_path / "nowhere" / "kuran.gif")
    said = str(caught.value)
    assert "no folder" in said
    assert ".png, .svg" in said
    assert list(tmp_path.iterdir()) == []


def test_without_matplotlib_the_cure_is_named(tmp_path, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(FigureError, match=r"pip install 'diarchy\[figures\]'"):
        save(find("kuran"), tmp_path / "kuran.png")


def test_no_such_classic():
    with pytest.raises(DiarchyError, match="did you mean 'epstein'"):
        find("epstien")


def test_a_check_is_held_to_its_tolerance():
    assert Check("x", 1.0, 1.05, 0.1, "epstein2002").reproduces
    assert not Check("x", 1.0, 1.2, 0.1, "epstein2002").reproduces
    assert Check("x", (1, 2), 2.0, 0, "epstein2002").reproduces
    assert not Check("x", (1, float("inf")), float("nan"), 0, "epstein2002").reproduces
    with pytest.raises(ValueError, match=BASES[0]):
        Check("x", 1.0, 1.0, 0, "epstein2002", basis="hearsay")
