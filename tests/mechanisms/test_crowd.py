"""The crowd: nobody is lost, lumped counts have the person-by-person law, the closed form holds."""

import numpy as np
import pytest
from alone import Alone
from scipy import stats

from diarchy.mechanisms.crowd import (
    CROWD,
    DEAD,
    EXITS,
    FROM_MARCH,
    FROM_RIOT,
    HELD,
    HURT,
    MARCHING,
    QUIET,
    RESTING,
    RIOTING,
    arrest_chance,
)

FACTS = {"population": [[5_000.0], [3_000.0]], "titular": [1.0], "urban": [1.0, 0.5]}
HOT = {"hardship": 0.3, "arrests": 0.1, "blows": 0.05, "fire": 0.02, "severity": 0.3}


def hot_crowd(**more):
    return Alone(CROWD, FACTS, pool=0.2, reserve=0.05, **more)


def test_people_are_conserved_exactly_at_each_step():
    crowd = hot_crowd(runs=6)
    everybody = np.array(FACTS["population"])
    rng = np.random.default_rng(1)
    for _ in range(120):
        inflow = {name: value * rng.random() * 2 for name, value in HOT.items()}
        reads = {"security.force": rng.random() * 300, "media.seen": rng.random() * 0.05}
        reads["media.surprise"] = 1.0
        crowd.step(inflow=inflow, reads=reads)
        count = crowd.state("count")
        assert count.min() >= 0
        counted = count.sum(axis=(3, 4)) + crowd.world.params["crowd"].aside
        assert np.array_equal(counted, everybody + np.zeros((6, 2, 1)))
        by_status = count.sum(axis=(2, 4))
        for name, status in (("marching", MARCHING), ("rioting", RIOTING), ("held", HELD), ("dead", DEAD)):
            assert np.array_equal(crowd.state(name), by_status[:, :, status])
        assert np.array_equal(crowd.state("tally"), count.sum(axis=4))
    assert by_status[:, :, DEAD].sum() > 0
    assert by_status[:, :, HELD].sum() > 0


def test_types_fill_the_pool_and_the_rest_stand_aside():
    crowd = hot_crowd(rural_pool=0.5, minority_pool=0.5)
    pool = crowd.state("count").sum(axis=(3, 4))[0, :, 0]
    assert pool.tolist() == [1000, 450]  # 20 % of 5,000; 20 % of 3,000 at 1/2 + 1/2 x 1/2


class Persons:
    """The same chain with one record per person: slow, for tests only."""

    def __init__(self, crowd, place, rng):
        self.rng, p = rng, crowd.world.params["crowd"]
        self.p = {f: getattr(p, f)[0] for f in p._fields if np.ndim(getattr(p, f)) == 1}
        count = crowd.state("count")[0, place, 0]
        cells = [cell for cell in np.ndindex(count.shape) for _ in range(count[cell])]
        self.status, self.type = (np.array(c) for c in zip(*cells, strict=True))
        risks = len(p.risk_level[0])
        self.h, self.r = p.hardship_level[0][self.type // risks], p.risk_level[0][self.type % risks]

    def step(self, dt, day, pull, legitimacy, deterrence, hazards):
        p = self.p
        u = self.h * (1 - legitimacy) + pull - self.r * deterrence
        choice = 1 / (1 + np.exp(-u / p["temperature"]))
        light = 1 + p["rhythm"] * np.cos(2 * np.pi * (24 * ((day + dt / 2) % 1) - 16) / 24)
        was, now = self.status.copy(), self.status
        rate = np.zeros((len(was), EXITS + 1))
        quiet, march, riot = was == QUIET, was == MARCHING, was == RIOTING
        rate[quiet, 0] = (p["join"] * light * choice)[quiet]
        for who, kind in ((march, 0), (riot, 1)):
            rate[who, :EXITS] = hazards[kind]
            rate[who, 0] *= 1 - choice[who]
        for status, days in ((RESTING, p["rest"]), (HELD, p["term"]), (HURT, p["healing"])):
            rate[was == status, 0] = 1 / days
        total = rate.sum(axis=1)
        goes = self.rng.random(len(was)) < -np.expm1(-total * dt)
        exit_ = (self.rng.random(len(was))[:, None] * total[:, None] > np.cumsum(rate, axis=1)).sum(axis=1)
        now[goes & quiet] = MARCHING
        now[goes & march] = np.array(FROM_MARCH)[exit_[goes & march]]
        now[goes & riot] = np.array(FROM_RIOT)[exit_[goes & riot]]
        now[goes & np.isin(was, (RESTING, HELD, HURT))] = QUIET


def person_by_person(seed, steps, force):
    """Final counts by status of place 0, one record per person."""
    crowd = hot_crowd()
    rng = np.random.default_rng(seed)
    persons = Persons(crowd, 0, rng)
    p = {f: getattr(crowd.world.params["crowd"], f) for f in CROWD.views()["p"]}
    g = {k: (v[0] if np.ndim(v) == 1 else v) for k, v in p.items()}
    legitimacy, scar, excess, people = crowd.state("legitimacy")[0, 0, 0], 0.0, 0.0, 5_000.0
    for step in range(steps):
        street = np.isin(persons.status, (MARCHING, RIOTING)).sum()
        chance = arrest_chance(force, street, g["arrest_scale"], g["collapse_width"])
        pull = HOT["hardship"] - (1 - g["structural_legitimacy"] + g["reserve"])
        riot = g["riot"] * (1 - chance) + g["outrage"] * np.log1p(1e5 * excess)
        hazards = [
            [g["leave"], g["fatigue"], riot if kind == 0 else g["cooling"], HOT["arrests"],
             HOT["blows"] * spill, HOT["fire"] * spill]
            for kind, spill in ((0, g["spill"]), (1, 1.0))
        ]  # fmt: skip
        marching, dead = persons.status == MARCHING, persons.status == DEAD
        deterrence = chance * (g["caution"] + g["fear"] * HOT["severity"])
        persons.step(0.25, step * 0.25, pull, legitimacy, deterrence, hazards)
        excess = (marching & (persons.status == DEAD) & ~dead).sum() / people
        scar = scar * 0.5 ** (0.25 / g["memory"]) + g["backlash"] * np.log1p(1e5 * excess)
        legitimacy = np.clip(g["structural_legitimacy"] - scar, 0, 1)
    return np.bincount(persons.status, minlength=7)


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_lumped_counts_have_the_person_by_person_law(seed):
    runs, steps, force = 160, 24, 120.0
    lumped = hot_crowd(runs=runs, seed=seed)
    for _ in range(steps):
        lumped.step(inflow=HOT, reads={"security.force": force})
    ours = lumped.state("count")[:, 0, 0].sum(axis=2)
    theirs = np.array([person_by_person(1000 * seed + i, steps, force) for i in range(runs)])
    for status in range(7):
        if theirs[:, status].std() > 0:
            assert stats.ks_2samp(ours[:, status], theirs[:, status]).pvalue > 1e-3, status
    assert ours[:, MARCHING].mean() > 20  # the comparison is about people, not about an empty street


@pytest.mark.parametrize(
    ("legitimacy", "chance"), [(0.82, 0.89974), (0.7, 0.89974), (0.5, 0.89974), (0.82, 0.0), (0.5, 0.3)]
)
def test_equilibrium_share_meets_the_closed_form(legitimacy, chance):
    """Check 6, the published closed form of Epstein's rule: f = a^2 / (2 g P), or (a - P / 2) / g below a."""
    g, threshold = 1.0 - legitimacy, 0.1
    a = g - threshold
    closed = a * a / (2 * g * chance) if chance >= a else (a - chance / 2) / g
    # u = h (1 - L) - (1 - L + reserve) + hardship: hardship lifts the threshold to Epstein's T = 0.1.
    crowd = Alone(
        CROWD, {"population": [[4e6], [1.0]]}, pool=0.3, structural_legitimacy=legitimacy, reserve=0.005,
        temperature=1e-4, fatigue=0.0, rhythm=0.0, caution=1.0, fear=0.0, riot=0.0, join=3.0, leave=4.0,
        arrest_scale=2.3, sizes={"hardship": 260, "risk": 260},
    )  # fmt: skip
    inflow = {"hardship": g + 0.005 - threshold}
    force = 0.0 if chance == 0.0 else None
    for _ in range(60):
        street = float(crowd.state("street")[0, 0])
        force = 0.0 if chance == 0.0 else force_for(chance, street)
        crowd.step(dt=1.0, inflow=inflow, reads={"security.force": [force, 0.0]})
    assert crowd.state("street")[0, 0] / (0.3 * 4e6) == pytest.approx(closed, abs=1e-3)


def force_for(chance, street):
    """The force that makes the arrest chance what it should be, by bisection."""
    low, high = 0.0, 1e9
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if arrest_chance(middle, street, 2.3, 0.3) < chance else (low, middle)
    return high


def test_deterrence_collapses_when_the_crowd_outgrows_the_force():
    assert arrest_chance(1_000.0, 10.0, 2.3, 0.2) > 0.99
    assert arrest_chance(1_000.0, 3_000.0, 2.3, 0.2) < 0.05
    smooth = 1 - np.exp(-2.3 / 3)  # the printed rule without the collapse
    assert smooth > 0.5


def test_only_excess_violence_drains_legitimacy():
    """Trap: violence against rioters alone, and arrests, leave legitimacy where it was."""
    calm = hot_crowd(spill=0.0)
    for _ in range(40):
        calm.step(inflow=HOT | {"fire": 0.5})
    assert calm.state("dead").sum() > 0
    assert calm.state("legitimacy").min() == pytest.approx(0.75, abs=0.01)
    hurt = hot_crowd(spill=1.0, backlash=0.05)
    for _ in range(40):
        hurt.step(inflow=HOT | {"fire": 0.5})
    assert hurt.state("legitimacy").min() < calm.state("legitimacy").min() - 0.05


def test_calm_is_stationary():
    crowd = hot_crowd(runs=20)
    before = crowd.state("street").mean()
    for _ in range(360):
        crowd.step(reads={"security.force": 300.0})
    assert crowd.state("legitimacy").max() == crowd.state("legitimacy").min()
    assert crowd.state("street").mean() == pytest.approx(before, abs=6)


def test_company_draws_and_foreign_troops_deter():
    def street(**given):
        crowd = hot_crowd(runs=10)
        for _ in range(16):
            crowd.step(inflow=given.get("inflow"), reads={"security.force": 100.0} | given.get("reads", {}))
        return crowd.state("street").sum()

    plain = street(inflow={"hardship": 0.1})
    assert street(inflow={"hardship": 0.1}, reads={"media.seen": 0.02}) > 1.5 * plain
    assert street(inflow={"hardship": 0.1}, reads={"media.surprise": 4.0}) > 1.5 * plain
    assert street(inflow={"hardship": 0.1, "presence": 1.0}) < plain
    assert street(inflow={"hardship": 0.1, "relief": 1.0}) < plain
    assert street(inflow={"hardship": 0.1, "curfew": 1.0}) < plain


def test_a_case_that_starts_on_fire_is_refused_with_its_numbers():
    crowd = hot_crowd()
    inflow = type("Inflow", (), {"hardship": np.array([[2.0, 0.0]])})
    now = crowd.world.now(CROWD, 0.0, 0.0)._replace(security_force=np.array([[50.0, 50.0]]))
    reasons = CROWD.vet(now, crowd.world.params["crowd"], inflow)
    assert len(reasons) == 1
    assert "place 1 starts on fire" in reasons[0]
    assert "against a force of 50" in reasons[0]
