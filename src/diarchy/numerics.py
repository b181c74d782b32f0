"""Small compiled helpers that mechanisms share: choice, chance, counts, quantiles.

All are pure, allocate nothing, raise nothing, and are safe at the ends of their ranges.
"""

from __future__ import annotations

import math

import numpy as np

from diarchy.jit import jit

_EXP_LIMIT = 700.0  # exp(709) is the largest double
_LAST_LUCK = 1.0 - 1e-13  # the rounded masses of a binomial law add up to more, if not always to one
#: From this variance on a binomial quantile is taken by Cornish-Fisher, which then gives the exact number but
#: for one uniform in a thousand; below, exact inversion is cheap.
EXACT_BINOMIAL_VARIANCE = 4.0
_CENTRAL = 0.425  # |u - 1/2| up to which the normal quantile is one quotient of polynomials
_INVERSES = 512
_TOGETHER = (
    4  # numbers that a processor takes at once: shorter rows are filled up, a rest would go one by one
)
_INVERSE = np.append(0.0, 1.0 / np.arange(1, _INVERSES))

# Rational approximation of the normal quantile, algorithm AS 241 (PPND16), relative error about 1e-16.
_A = (
    3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4,
    4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3,
)  # fmt: skip
_B = (
    1.0, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3,
    2.1213794301586595867e4, 3.9307895800092710610e4, 2.8729085735721942674e4, 5.2264952788528545610e3,
)  # fmt: skip
_C = (
    1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0, 3.64784832476320460504e0,
    1.27045825245236838258e0, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4,
)  # fmt: skip
_D = (
    1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
    1.48103976427480074590e-1, 1.51986665636164571966e-2,
    5.47593808499534494600e-4, 1.05075007164441684324e-9,
)  # fmt: skip
_E = (
    6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0, 2.96560571828504891230e-1,
    2.65321895265761230930e-2, 1.24266094738807843860e-3,
    2.71155556874348757815e-5, 2.01033439929228813265e-7,
)  # fmt: skip
_F = (
    1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
    7.86869131145613259100e-4, 1.84631831751005468180e-5,
    1.42151175831644588870e-7, 2.04426310338993978564e-15,
)  # fmt: skip


_LN2, _PER_LN2 = math.log(2.0), 1.0 / math.log(2.0)
_LN2_HIGH = 6.93147180369123816490e-01  # log 2 in two parts, the first short enough to be multiplied exactly
_LN2_LOW = 1.90821492927058770002e-10
_ROUNDER = 1.5 * 2.0**52  # added to a double, it leaves the nearest whole number in its last bits
_ONE, _FRACTION = np.int64(0x3FF0000000000000), np.int64(52)  # bits of 1.0; how many are its fraction
# Taylor coefficients: of exp from the square on, even and odd apart; of the inverse of tanh from the cube on.
_EXP_EVEN = tuple(1.0 / math.factorial(k) for k in range(2, 13, 2))
_EXP_ODD = tuple(1.0 / math.factorial(k) for k in range(3, 13, 2))
_ATANH = tuple(1.0 / (2 * k + 1) for k in range(1, 9))


@jit
def logistic(x):
    """1 / (1 + exp(-x)) [1], safe for any x."""
    if x >= 0.0:
        return 1.0 / (1.0 + math.exp(-min(x, _EXP_LIMIT)))
    e = math.exp(max(x, -_EXP_LIMIT))
    return e / (1.0 + e)


@jit
def clip(x, low, high):
    """`x` kept within [low, high]."""
    return min(max(x, low), high)


# These three do without branches and calls, so that a loop over them takes several numbers at once: a quarter
# of the time that the C library's take. Right to some 1e-15 of their value.
@jit(inline="always")
def _split_exp(x):
    """Two to a whole power, and what exp(rest) exceeds one by; their product plus the first is exp(x)."""
    x = min(max(x, -_EXP_LIMIT), _EXP_LIMIT)
    shifted = x * _PER_LN2 + _ROUNDER
    whole = shifted - _ROUNDER
    rest = (x - whole * _LN2_HIGH) - whole * _LN2_LOW
    power = np.int64((np.float64(shifted).view(np.int64) << _FRACTION) + _ONE).view(np.float64)
    square = rest * rest
    even, odd = _EXP_EVEN[5], _EXP_ODD[4]
    for i in range(4, -1, -1):
        even = even * square + _EXP_EVEN[i]
    for i in range(3, -1, -1):
        odd = odd * square + _EXP_ODD[i]
    return power, (odd * rest + even) * square + rest


@jit(inline="always")
def exp_within(x):
    """exp(x) [1] with `x` kept within +-700."""
    power, more = _split_exp(x)
    return power * more + power


@jit(inline="always")
def chance_within(hazard):
    """1 - exp(-hazard) [1]: the chance of an event of so much hazard [1], none of it negative."""
    power, more = _split_exp(-hazard)
    return (1.0 - power) - power * more


@jit(inline="always")
def log_without(p):
    """log(1 - p) [1] for p in [0, 1/2]."""
    halved = p > 0.3  # then log(2 - 2p) is nearer to 0
    s = (2.0 * p - 1.0 if halved else p) / (3.0 - 2.0 * p if halved else 2.0 - p)
    square = s * s
    e = _ATANH[7]
    for i in range(6, -1, -1):
        e = e * square + _ATANH[i]
    return -2.0 * (e * square * s + s) - (_LN2 if halved else 0.0)


@jit
def hazard_to_chance(rate, duration):
    """The chance [1] that an event of hazard `rate` [1/day] happens within `duration` [day]."""
    return -math.expm1(-max(rate, 0.0) * duration)


@jit
def relax(value, target, half_life, duration):
    """`value` after moving towards `target` for `duration` [day] with a half-life [day]."""
    return target + (value - target) * math.exp(-math.log(2.0) * duration / half_life)


# Inlined by us: left to the compiler, whether a row's loop took several numbers at once depended on what had
# been compiled before it, which made a future up to a sixth slower.
@jit(inline="always")
def _ratio(a, b, x):
    """The quotient of two polynomials of degree seven at `x`."""
    top, bottom = a[7], b[7]
    for i in range(6, -1, -1):
        top = top * x + a[i]
        bottom = bottom * x + b[i]
    return top / bottom


@jit
def normal_quantile(u):
    """The standard normal quantile of `u` in (0, 1) [1].

    References
    ----------
    wichura1988
    """
    q = u - 0.5  # breaks and shifts below are those of the published algorithm
    if abs(q) <= _CENTRAL:
        return q * _ratio(_A, _B, 0.180625 - q * q)
    tail = u if q < 0.0 else 1.0 - u
    r = math.sqrt(-math.log(tail))
    x = _ratio(_C, _D, r - 1.6) if r <= 5.0 else _ratio(_E, _F, r - 5.0)
    return -x if q < 0.0 else x


@jit
def normal_chance(x):
    """The standard normal distribution function at `x` [1]."""
    return 0.5 * math.erfc(-x / math.sqrt(2.0))


@jit(error_model="numpy")
def _inverse(k):
    """1 / k [1], from a table where it can: a multiplication takes a third of the time of a division."""
    return _INVERSE[k] if k < _INVERSES else 1.0 / k


@jit
def poisson_quantile(mean, u, most):
    """The number of events of a Poisson law of `mean` [1], below 700, at uniform `u`, at most `most`."""
    mass = math.exp(-mean)
    total, k = mass, 0
    while u > total and k < most:
        k += 1
        mass *= mean * _inverse(k)
        total += mass
    return k


@jit
def _invert_binomial(n, none, odds, u):
    """Binomial quantile by adding up its masses: `none` is that of no success, `odds` are p / (1 - p).

    The sum ends, since `u` is at most `_LAST_LUCK`.
    """
    mass = none
    total, k = mass, 0
    while u > total and k < n:
        mass *= odds * (n - k) * _inverse(k + 1)
        k += 1
        total += mass
    return k


@jit(inline="always")
def _bend(n, p, z):
    """The binomial number at the normal quantile `z` by Cornish-Fisher, to the fifth cumulant.

    A number k is a continuous quantity between k - 1/2 and k + 1/2, rounded. Its cumulants are those of the
    counts less the ones of a uniform on (-1/2, 1/2), 1/12 and -1/120 (Sheppard).
    """
    even = n * p * (1.0 - p)
    variance = max(even - 1.0 / 12.0, 1.0)
    sd = math.sqrt(variance)
    per_variance = 1.0 / variance  # one division instead of three
    skew = even * (1.0 - 2.0 * p) * (per_variance * per_variance * sd)
    kurt = (even * (1.0 - 6.0 * p * (1.0 - p)) + 1.0 / 120.0) * (per_variance * per_variance)
    fifth = skew * (1.0 - 12.0 * p * (1.0 - p)) * per_variance
    z2 = z * z
    w = z + skew * (z2 - 1.0) * (1.0 / 6.0)
    w += (kurt * (z2 - 3.0) * (1.0 / 24.0) - skew * skew * (2.0 * z2 - 5.0) * (1.0 / 36.0)) * z
    w += fifth * ((z2 - 6.0) * z2 + 3.0) * (1.0 / 120.0)
    w -= skew * kurt * ((z2 - 5.0) * z2 + 2.0) * (1.0 / 24.0)
    w += skew * skew * skew * ((12.0 * z2 - 53.0) * z2 + 17.0) * (1.0 / 324.0)
    return min(max(math.floor(n * p + sd * w + 0.5), 0.0), n)


@jit
def _binomial_lower(n, p, u):
    """Binomial quantile for p <= 1/2."""
    variance = n * p * (1.0 - p)
    if variance < EXACT_BINOMIAL_VARIANCE:
        return _invert_binomial(n, exp_within(n * log_without(p)), p / (1.0 - p), u)
    return int(_bend(float(n), p, normal_quantile(u)))


@jit
def binomial_quantile(n, p, u):
    """The number of successes [1] among `n` tries of chance `p` at the uniform `u`: one uniform, one count.

    Exact inversion where the variance n p (1-p) is below `EXACT_BINOMIAL_VARIANCE`, else a Cornish-Fisher
    quantile. Monotone in `u`, so arms that share a uniform share their luck.

    References
    ----------
    cornish1938
    """
    if n <= 0 or p <= 0.0:
        return 0
    if p >= 1.0:
        return n
    if p > 0.5:
        return n - _binomial_lower(n, 1.0 - p, min(1.0 - u, _LAST_LUCK))
    return _binomial_lower(n, p, min(u, _LAST_LUCK))


#: Lines of the table that `binomial_row` works on, and how many there are.
TRIES, CHANCE, LUCK, DRAWN, _LESS, _AT, _ODDS, _MASS, _SUM, _NORMAL = range(10)
ROW_LINES = 10


@jit(error_model="numpy")
def binomial_row(table, cells):
    """Binomial quantiles of many cells at once, as `binomial_quantile` gives them one by one.

    Parameters
    ----------
    table : (line, cell) tries [1], chances [1] and uniforms in the lines TRIES, CHANCE and LUCK; the numbers
        of successes [1] are left in the line DRAWN. The others are scratch.
    cells : how many cells there are.

    Notes
    -----
    Each loop does the same to all cells, without a way out, so that the processor takes several together.
    """
    wide = min((cells + _TOGETHER - 1) // _TOGETHER * _TOGETHER, table.shape[1])
    for i in range(cells, wide):
        table[TRIES, i], table[CHANCE, i], table[LUCK, i] = 0.0, 0.0, 0.5
    for i in range(wide):
        p, u = table[CHANCE, i], table[LUCK, i]
        table[_LESS, i] = min(p, 1.0 - p)
        table[_AT, i] = min(u if p <= 0.5 else 1.0 - u, _LAST_LUCK)
    for i in range(wide):
        q = table[_AT, i] - 0.5
        table[_NORMAL, i] = q * _ratio(_A, _B, _CENTRAL * _CENTRAL - q * q)
        n, p = table[TRIES, i], table[_LESS, i]
        table[_MASS, i] = exp_within(n * log_without(p))
    for i in range(cells):
        n, p, u = table[TRIES, i], table[_LESS, i], table[_AT, i]
        if abs(u - 0.5) > _CENTRAL and n * p * (1.0 - p) >= EXACT_BINOMIAL_VARIANCE:
            table[_NORMAL, i] = normal_quantile(u)
    for i in range(wide):
        n, p, none = table[TRIES, i], table[_LESS, i], table[_MASS, i]
        small = n * p * (1.0 - p) < EXACT_BINOMIAL_VARIANCE
        bent = _bend(n, p, table[_NORMAL, i])
        table[_ODDS, i] = p / (1.0 - p)
        table[_SUM, i] = none if small else 2.0  # no uniform is above two: nothing to invert
        table[DRAWN, i] = 0.0 if small else bent
    _invert_row(table, wide)
    for i in range(cells):
        k, n = table[DRAWN, i], table[TRIES, i]
        table[DRAWN, i] = k if table[CHANCE, i] <= 0.5 else n - k


@jit(error_model="numpy")
def _invert_row(table, cells):
    """Add up the masses of all cells that are to be inverted, until each has reached its uniform."""
    for k in range(0, _INVERSES - 2, 2):
        going = 0
        for i in range(cells):
            n, at, odds = table[TRIES, i], table[_AT, i], table[_ODDS, i]
            mass, total = table[_MASS, i], table[_SUM, i]
            on = (at > total) & (n > k)
            mass *= odds * (n - k) * _INVERSE[k + 1]
            total += mass if on else 0.0
            more = (at > total) & (n > k + 1)
            mass *= odds * (n - (k + 1)) * _INVERSE[k + 2]
            total += mass if more else 0.0
            table[_MASS, i], table[_SUM, i] = mass, total
            table[DRAWN, i] += (1.0 if on else 0.0) + (1.0 if more else 0.0)
            going += 1 if more else 0
        if going == 0:
            break


@jit
def choose(weights, count, u):
    """The index that uniform `u` picks among the first `count` weights [1], none negative; 0 if all are 0."""
    total = 0.0
    for i in range(count):
        total += weights[i]
    reach, last = 0.0, 0
    for i in range(count):
        if weights[i] > 0.0:
            reach += weights[i]
            last = i
            if u * total <= reach:
                return i
    return last


@jit
def quantal_response(utilities, count, precision, u):
    """The action that a quantal responder takes: P(a) proportional to exp(precision * utility(a)).

    Parameters
    ----------
    utilities : [1] scaled to [0, 1]; the first `count` are turned into weights in place. -inf: not available.
    precision : [1] 0 picks at random among what is available, large picks the best.
    u : the uniform that decides.

    References
    ----------
    mckelvey1995
    """
    best = -math.inf
    for i in range(count):
        best = max(best, utilities[i])
    for i in range(count):
        gap = utilities[i] - best
        utilities[i] = math.exp(max(precision * gap, -_EXP_LIMIT)) if gap > -math.inf else 0.0
    return choose(utilities, count, u)
