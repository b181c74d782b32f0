"""Luck: published known answers, independence of order, uniformity."""

import numpy as np
import pytest
from scipy import stats

from diarchy.randomness import _unit, fill_pairs, fill_row, fill_uniforms, philox, stream_of, uniform

# Known answers of Philox4x32-10 published with the Random123 library of Salmon et al. (2011).
KNOWN = [
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]


@pytest.mark.parametrize(("counter", "key", "words"), KNOWN)
def test_published_answers(counter, key, words):
    assert tuple(int(x) for x in philox(*map(np.uint64, counter), *map(np.uint64, key))) == words


def test_a_uniform_depends_on_each_of_its_keys_and_nothing_else():
    base = (7, stream_of("crowd.join"), 417, 30, 5)
    assert uniform(*base) == uniform(*base)
    for i in range(5):
        other = list(base)
        other[i] += 1
        assert uniform(*other) != uniform(*base)


def test_filling_is_the_same_as_asking_one_by_one():
    runs = np.array([3, 417, 9])
    for slots in (1, 4, 5):
        out = np.zeros((3, slots))
        fill_uniforms(np.uint64(7), np.uint64(11), runs, 2, out)
        assert all(out[i, s] == uniform(7, 11, r, 2, s) for i, r in enumerate(runs) for s in range(slots))
    for count in (1, 2, 5, 31):
        row = np.zeros(32)
        fill_row(7, 11, 417, 2, 9, count, row)
        assert row[:count].tolist() == [uniform(7, 11, 417, 2, 18 + i) for i in range(count)]
        table = np.zeros((4, 32))
        table[2, :count] = turns = np.arange(count)[::-1] * 3
        fill_pairs(7, 11, 417, 2, 9, count, table, 2, 0, 3)
        assert table[0, :count].tolist() == [uniform(7, 11, 417, 2, 18 + 2 * i) for i in turns]
        assert table[3, :count].tolist() == [uniform(7, 11, 417, 2, 19 + 2 * i) for i in turns]


def test_a_uniform_is_never_0_and_never_1():
    """All bits set would be rounded up to 1, whose normal quantile is no number."""
    none, all_of_them = np.uint64(0), np.uint64(2**32 - 1)
    assert _unit(none, none) == 2**-54
    assert _unit(all_of_them, all_of_them) == 1 - 2**-53


def test_uniforms_are_uniform_and_uncorrelated():
    out = np.zeros((400, 250))
    fill_uniforms(np.uint64(1), np.uint64(2), np.arange(400), 0, out)
    assert 0.0 < out.min() < out.max() < 1.0
    assert stats.kstest(out.ravel(), "uniform").pvalue > 1e-3
    assert abs(np.corrcoef(out[:-1].ravel(), out[1:].ravel())[0, 1]) < 4 / np.sqrt(out.size)


def test_large_seeds_keep_all_their_bits():
    one, two = np.uint64(2**63 + 1), np.uint64(2**63 + 1 + 2**40)
    assert uniform(one, 1, 1, 1, 1) != uniform(two, 1, 1, 1, 1)
