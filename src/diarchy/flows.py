"""Move whole-number counts of exchangeable people between statuses by hazards: exact, at a cost by events.

The people of a cell are counted by status s and type t. During a step everybody carries one Poisson clock for
each exit of his status; over the step their hazards are

    first exit   hazard[s, 0] + slope[s] choice[t]
    other exits  hazard[s, j]

The first clock that rings takes him through its exit, and nobody moves twice. One law, drawn in two ways.
Few events: the number of rings in the whole cell is Poisson; each falls on a status, a type, a person and an
exit by its share of the hazard, and one that falls on somebody who has left already counts for nothing. Many
events in a status: a binomial quantile for each type, which the exits then share. A calm cell thus costs one
turn of the generator, and a busy one a number of draws that does not grow with its people.
"""

from __future__ import annotations

import numpy as np

from diarchy.jit import jit
from diarchy.numerics import (
    CHANCE,
    DRAWN,
    LUCK,
    ROW_LINES,
    TRIES,
    binomial_quantile,
    binomial_row,
    chance_within,
    poisson_quantile,
)
from diarchy.randomness import fill_pairs, fill_row, uniform

#: Expected events of a status above which its busiest types are drawn by quantile. This and the next two
#: change the time taken and not the law.
FEW = 12.0
#: Expected events of such a status that are left to rings, at most: the busiest types exceed their share.
REST = 40.0
#: Expected leavers of all types by one exit that are sent one by one; more are split type by type.
ONE_BY_ONE = 12.0
#: Room for single events: more of them than this have a chance below 1e-6 where all six statuses that people
#: leave are as busy as can be, and below 1e-16 where four are.
PICKS = 320
_SENT = 64  # room for those sent one by one, likewise
_RATE, _TYPE, _SECOND = range(ROW_LINES, ROW_LINES + 3)  # lines that `binomial_row` leaves alone
TABLE_LINES = ROW_LINES + 3
_SPAN = 1 + PICKS // 2  # turns of the generator that the rings of a cell may take


def apportion(shares):
    """Whole numbers that follow `shares` [people] along the last axis and sum to their rounded total."""
    return np.diff(np.rint(np.cumsum(shares, axis=-1)), axis=-1, prepend=0.0)


@jit(inline="always")
def weigh(people, cell, first, choice):
    """Sum over types of people x choice [people], in four partial sums: one alone waits at each addition."""
    types = choice.shape[0]
    a, b, c, d = 0.0, 0.0, 0.0, 0.0
    for t in range(0, types - 3, 4):
        a += people[cell, first + t] * choice[t]
        b += people[cell, first + t + 1] * choice[t + 1]
        c += people[cell, first + t + 2] * choice[t + 2]
        d += people[cell, first + t + 3] * choice[t + 3]
    for t in range(types - types % 4, types):
        a += people[cell, first + t] * choice[t]
    return (a + b) + (c + d)


@jit(inline="always")
def expect(people, sums, cell, law, choice):
    """Fill the last column of `law` with the rings to expect in each status; returns their sum [1]."""
    slope, load, every = law.shape[1] - 3, law.shape[1] - 1, (law.shape[1] - 3) // 2
    total = 0.0
    for s in range(law.shape[0]):
        rings = 0.0
        if sums[cell, s] > 0:
            rings = law[s, every] * sums[cell, s]
            if law[s, slope] != 0.0:
                rings += law[s, slope] * weigh(people, cell, s * choice.shape[0], choice)
            rings = max(rings, 0.0)
        law[s, load] = rings
        total += rings
    return total


# Arrays are handed down bare, and few: each that travels in a tuple, or is cut out of another, is counted.
@jit(error_model="numpy")
def move(
    people, sums, cell, law, to, choice, luck, arrived, row, landing, desk, lot, mass, table, streams, key
):
    """Move the people of one cell through one step.

    Parameters
    ----------
    people, sums : (cell, status x type) and (cell, status) people; both are changed.
    cell : which cell.
    law : (status, 2 exit + 3) hazards over the step of each exit where choice is 0; their sums from each exit
        on; what choice adds to the first; scratch; and what `expect` filled, which is used up.
    to : (status, exit) the status behind each exit.
    choice : (type,) [1].
    luck : the first uniform of the cell (`first_luck`).
    arrived, row : (row, status x status) people by whence and whither, added to at one row.
    landing, desk : (PICKS,) and (status + 1, type) whole numbers: scratch. `desk` is zeros, and is left so.
    lot, mass, table : (PICKS,), (status, type) and (TABLE_LINES, type) scratch.
    streams, key : streams of rings, leavers and exits, and (seed, run, step, place in the stream).
    """
    statuses, types, load = law.shape[0], choice.shape[0], law.shape[1] - 1
    booked, total = False, 0.0
    for s in range(statuses):
        if law[s, load] > FEW:
            settled = _draw_busy(
                people, sums, cell, s, law, to, choice, arrived, row, desk, lot, table, streams, key
            )
            law[s, load] = max(law[s, load] - settled, 0.0)
            booked = booked or settled > 0.0
        total += law[s, load]
        law[s, load - 1] = total
    seed, run, step, slot = key
    rings = poisson_quantile(total, luck, PICKS)
    fill_row(seed, streams[0], run, step, slot * _SPAN + 1, rings, lot)
    landed = _draw_rings(people, sums, cell, law, to, choice, rings, arrived, row, landing, lot, mass)
    for i in range(landed):
        people[cell, landing[i]] += 1
    if booked:
        for s in range(statuses):
            came = 0
            for t in range(types):
                came += desk[s, t]
                people[cell, s * types + t] += desk[s, t]
                desk[s, t] = 0
            sums[cell, s] += came


@jit(inline="always")
def first_luck(stream, key):
    """The uniform that says how many ring in a cell: nobody up to 1 - total, which is below exp(-total)."""
    seed, run, step, slot = key
    return uniform(seed, stream, run, step, 2 * slot * _SPAN)


# A search that stops where luck says is guessed wrongly by the processor each time, at the cost of twenty
# comparisons: so the searches below run to their end and count the bounds that are passed.
@jit(error_model="numpy")
def _draw_rings(people, sums, cell, law, to, choice, rings, arrived, row, landing, lot, mass):
    """Single events: who leaves is gone at once, where he arrives is listed; returns how many are listed."""
    statuses, types, exits = law.shape[0], choice.shape[0], to.shape[1]
    slope, upto = 2 * exits, 2 * exits + 1
    total, landed, known = law[statuses - 1, upto], 0, 0
    for ring in range(rings):
        reach = lot[ring] * total
        s = 0
        for status in range(statuses - 1):
            s += reach >= law[status, upto]
        first, every, drawn = s * types, law[s, exits], law[s, slope]
        if known & (1 << s) == 0:  # rings up to and with each type, of those there before anybody rang
            known |= 1 << s
            rise = law[s, upto] - law[s, upto + 1]
            for t in range(types):
                rise += people[cell, first + t] * (every + drawn * choice[t])
                mass[s, t] = rise
        t = 0
        for other in range(types - 1):
            t += reach >= mass[s, other]
        weight = every + drawn * choice[t]
        # Counted from the top, who rings has a number, and his exit a place within his own hazard.
        place = max(mass[s, t] - reach, 0.0) / weight
        person = int(place)
        if person >= people[cell, first + t]:
            continue  # he has left already
        place = (place - person) * weight
        j = 0
        for exit in range(1, exits):
            j += place < law[s, exits + exit]
        people[cell, first + t] -= 1
        sums[cell, s] -= 1
        landing[landed] = to[s, j] * types + t
        sums[cell, to[s, j]] += 1
        arrived[row, s * statuses + to[s, j]] += 1
        landed += 1
    return landed


@jit(error_model="numpy")
def _draw_busy(people, sums, cell, s, law, to, choice, arrived, row, desk, lot, table, streams, key):
    """The busiest types of a status by quantiles, who stays included; returns the rings they stood for."""
    seed, run, step, slot = key
    types, aside, exits, first = choice.shape[0], law.shape[0], to.shape[1], s * choice.shape[0]
    slope, every, others = law[s, 2 * exits], law[s, exits], law[s, exits + 1]
    rings, busy, share = 0.0, 0, REST / types
    for t in range(types):
        desk[aside, t] = 0
        table[_RATE, t] = every + slope * choice[t]
    for t in range(types):
        expected = people[cell, first + t] * table[_RATE, t]
        table[_TYPE, busy] = t
        rings += expected if expected > share else 0.0
        busy += expected > share
    for i in range(busy):
        t = int(table[_TYPE, i])
        table[TRIES, i], table[_RATE, i] = people[cell, first + t], table[_RATE, t]
    for i in range(busy):
        table[CHANCE, i] = chance_within(table[_RATE, i])
    fill_pairs(
        seed, streams[1], run, step, (slot * law.shape[0] + s) * types, busy, table, _TYPE, LUCK, _SECOND
    )
    binomial_row(table, busy)
    gone, stayed = 0, 0
    for i in range(busy):
        t, there, left = int(table[_TYPE, i]), int(table[TRIES, i]), int(table[DRAWN, i])
        people[cell, first + t] = 0
        desk[s, t] += there - left
        desk[to[s, 0], t] += left
        gone += left
        stayed += there - left
        table[TRIES, i], table[CHANCE, i] = left, others / table[_RATE, i]
        table[LUCK, i] = table[_SECOND, i]
    sums[cell, s] -= gone + stayed
    arrived[row, s * law.shape[0] + to[s, 0]] += gone
    if others > 0.0:
        spread = 0
        binomial_row(table, busy)
        for i in range(busy):
            t, elsewhere = int(table[_TYPE, i]), int(table[DRAWN, i])
            desk[to[s, 0], t] -= elsewhere
            desk[aside, t] = elsewhere
            spread += elsewhere
        arrived[row, s * law.shape[0] + to[s, 0]] -= spread
        if spread > 0:
            _share_exits(spread, s, law, to, types, arrived, row, desk, lot, table, streams[2], key)
    return rings


@jit(error_model="numpy")
def _share_exits(left, s, law, to, types, arrived, row, desk, lot, table, stream, key):
    """Those of each type who leave by any exit but the first are split over them by hazard."""
    seed, run, step, slot = key
    aside, exits, last = law.shape[0], to.shape[1], 1
    while last < exits - 1 and law[s, last] <= 0.0:
        last += 1
    for j in range(exits - 1, last - 1, -1):
        share = law[s, j] / (law[s, exits + 1] - law[s, exits + j] + law[s, j]) if j > last else 1.0
        if share <= 0.0 or left == 0:
            continue
        turn, before = ((slot * law.shape[0] + s) * exits + j) * (types + _SENT), left
        if j > last and left * share <= ONE_BY_ONE:
            sent = binomial_quantile(left, share, uniform(seed, stream, run, step, 2 * turn))
            fill_row(seed, stream, run, step, turn + 1, min(sent, _SENT), lot)
            for i in range(min(sent, _SENT)):
                t = _pick(desk, aside, left, lot[i])
                desk[aside, t] -= 1
                desk[to[s, j], t] += 1
                left -= 1
        else:
            left -= _send(desk, aside, to[s, j], types, share, table, stream, turn, key)
        arrived[row, s * law.shape[0] + to[s, j]] += before - left


@jit(error_model="numpy")
def _send(desk, aside, end, types, share, table, stream, turn, key):
    """A share of those of each type who are set aside go to one end, all of them where it is one."""
    seed, run, step, _ = key
    if share < 1.0:
        for t in range(types):
            table[_TYPE, t], table[TRIES, t], table[CHANCE, t] = t, desk[aside, t], share
        fill_pairs(seed, stream, run, step, turn, types, table, _TYPE, LUCK, _SECOND)
        binomial_row(table, types)
    else:
        for t in range(types):
            table[DRAWN, t] = desk[aside, t]
    sent = 0
    for t in range(types):
        k = int(table[DRAWN, t])
        desk[aside, t] -= k
        desk[end, t] += k
        sent += k
    return sent


@jit
def _pick(count, row, total, u):
    """The type of one of `total` people who are counted by type in one row, at random."""
    reach = u * total
    t = 0
    while t < count.shape[1] - 1 and reach >= count[row, t]:
        reach -= count[row, t]
        t += 1
    while count[row, t] == 0:
        t -= 1
    return t
