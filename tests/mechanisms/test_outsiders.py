"""Outsiders: they come once, on their day, most to the largest place, and are taken by obeying forces."""

import numpy as np
from alone import Alone

from diarchy.mechanisms.outsiders import OUTSIDERS

REACH = {"reach": [1000.0, 3000.0]}


def struck(days=6.0, force=0.0, runs=50, **given):
    given = {"number": 400.0, "day": 2.0, "focus": 1.0, "taking": 0.5} | given
    world = Alone(OUTSIDERS, REACH, runs=runs, **given)
    seen = []
    for _ in range(int(days * 4)):
        world.step(reads={"security.force": force})
        seen.append(world.state("present").copy())
    return world, np.array(seen)


def test_they_come_on_their_day_and_stay_where_nobody_takes_them():
    world, seen = struck()
    assert (seen[:7] == 0).all()
    assert (seen[8:] == [100, 300]).all()
    assert (world.state("struck") == 1).all()


def test_they_prefer_large_places_the_more_the_sharper_their_focus():
    _, seen = struck(focus=3.0)
    assert (seen[-1] == [14, 386]).all()


def test_nobody_comes_where_there_are_none():
    world, seen = struck(number=0.0)
    assert (seen == 0).all()
    assert (world.state("struck") == 0).all()


def test_forces_take_them_and_nobody_is_lost_from_the_books():
    world, seen = struck(days=12.0, force=5000.0)
    assert (world.state("present") + world.state("taken") == [100, 300]).all()
    left = seen[-1].sum(axis=1).mean() / 400
    assert 0.5 * np.exp(-0.5 * 10) < left < 2.5 * np.exp(-0.5 * 10)
