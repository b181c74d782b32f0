"""Predictive checks find a record that a fit could not have given, and pictures are drawn of it all."""

import numpy as np
import pytest

pytest.importorskip("matplotlib", reason="pictures need the extra `figures`")

from diarchy.calibration import figures, predictive
from diarchy.calibration.emulator import Emulator
from diarchy.calibration.outcomes import Outcome
from diarchy.calibration.weighing import Weigher
from diarchy.errors import DesignError
from diarchy.evidence import Judgement
from diarchy.mechanism import Parameter
from diarchy.prior import lognormal

CASES = 60


def checked(share, learn=True):
    """The check of obedience where a share of crises has disobeyed, with the fit or under the prior."""
    outcomes = [Outcome(disobeyed=float(i < share * CASES)) for i in range(CASES)]
    emulator = Emulator(np.zeros(CASES), np.full((CASES, 1), 2.0))
    weigher = Weigher(("security.driver",), {"disobeyed": emulator}, outcomes)
    unknown = Weigher(("security.driver",), {"disobeyed": emulator}, [Outcome()] * CASES)
    return predictive.check(weigher, (weigher if learn else unknown).weigh(), 800)[0]


@pytest.mark.parametrize("share", [0.2, 0.8])
def test_a_fit_gives_back_the_share_it_was_fitted_to(share):
    found = checked(share)
    assert found.inside
    assert found.recorded == pytest.approx(share)
    assert found.posterior[1] == pytest.approx(share, abs=0.08)
    assert 0.05 < found.rank < 0.95


def test_a_record_that_a_fit_could_not_have_given_is_outside():
    outcomes = [Outcome(disobeyed=1.0)] * CASES
    emulator = Emulator(np.full(CASES, -3.0), np.full((CASES, 1), 0.1))  # nothing here can make them disobey
    weigher = Weigher(("security.driver",), {"disobeyed": emulator}, outcomes)
    found = predictive.check(weigher, weigher.weigh(), 800)[0]
    assert not found.inside
    assert found.rank == 1.0


def test_the_prior_is_wider_than_what_was_learned():
    found = checked(0.8)
    assert found.prior[2] - found.prior[0] > 2 * (found.posterior[2] - found.posterior[0])
    assert found.prior[1] == pytest.approx(0.5, abs=0.1)
    unlearned = checked(0.8, learn=False)
    assert unlearned.posterior == pytest.approx(unlearned.prior, abs=0.06)


@pytest.fixture
def moved():
    parameter = Parameter("driver", "1/day", 0.0, 10.0, lognormal(1.0, 3.0), Judgement("made up"), "drives")
    return [figures.Moved("toy.driver", parameter, parameter.prior, 1.0, 0.75, 0.4)]


def test_pictures_are_drawn_alike_each_time(moved, tmp_path):
    drawn = [
        figures.draw(tmp_path / name, moved, [checked(0.8)], {"disobeyed": "forces disobey"})
        for name in ("one", "two")
    ]
    assert [path.name for path in drawn[0]] == ["prior_posterior.svg", "identified.svg", "predictive.svg"]
    for one, two in zip(*drawn, strict=True):
        assert one.read_bytes() == two.read_bytes()
    assert "toy.driver" in drawn[0][0].read_text(encoding="utf-8")
    assert "forces disobey (60)" in drawn[0][2].read_text(encoding="utf-8")


def test_a_density_holds_all_its_chance(moved):
    for fitted in (False, True):
        x, y = figures._density(moved[0], fitted, True)
        assert np.trapezoid(y, np.log(x)) == pytest.approx(1 - 2 * figures.TAIL, abs=0.02)


def test_a_folder_that_cannot_be_written_is_a_fault(moved, tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(DesignError, match="cannot be written"):
        figures.draw(tmp_path / "file", moved, [checked(0.8)], {})
