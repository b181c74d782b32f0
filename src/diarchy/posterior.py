"""What a fit has learned about the declared priors: a small table of shifts and scales that ships.

Each parameter keeps its declared prior; the table says how the fit moved and narrowed it on the scale of
standard normal scores (`prior.Prior.fitted`). Crises under one class of regime have something in common that
others do not: a column for each class says what is added to the shift. How the table was made is said in its
first lines.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from diarchy.errors import DiarchyError, Fault

COLUMNS = ("parameter", "shift", "scale", "prior_median", "posterior_median")
_MOST_ROWS = 2000
_LEAST_SCALE, _MOST_SHIFT = 0.05, 4.0  # a fit beyond these says that the prior was wrong, and is refused
SHIPPED = Path(__file__).with_name("posterior.csv")


def read_posterior(path: Path | None = None, regime: str = "") -> dict[str, tuple[float, float]]:
    """Shift and scale by qualified parameter.

    Parameters
    ----------
    path : a table; the shipped one when None. No table: nothing was learned.
    regime : class of regime; a class of which the table knows nothing, or none, adds nothing to the shift.

    Raises
    ------
    DiarchyError : a row that is not a parameter with two numbers in range, with ``file:line``.
    """
    path = SHIPPED if path is None else path
    if not path.exists():
        return {}
    found: dict[str, tuple[float, float]] = {}
    faults = []
    lines = [
        (n, line)
        for n, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if not line.startswith("#")
    ]
    for (number, _), row in zip(
        lines[1 : _MOST_ROWS + 1], csv.DictReader(line for _, line in lines), strict=False
    ):
        try:
            shift, scale = float(row["shift"]) + float(row.get(regime) or 0.0), float(row["scale"])
            if not (abs(shift) <= _MOST_SHIFT and _LEAST_SCALE <= scale <= 1.5):
                raise ValueError("out of range")
            found[row["parameter"]] = (shift, scale)
        except (KeyError, TypeError, ValueError) as error:
            allowed = f"parameter, shift within {_MOST_SHIFT:g}, scale from {_LEAST_SCALE:g} to 1.5"
            faults.append(Fault(f"not a row of a posterior ({error})", f"{path.name}:{number}", allowed))
    if faults:
        raise DiarchyError(faults)
    return found


def read_classes(path: Path | None = None) -> tuple[str, ...]:
    """The classes of regime to which a table gives shifts of their own; none without a table."""
    path = SHIPPED if path is None else path
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    head = next((line for line in lines if not line.startswith("#")), "")
    return tuple(column for column in head.split(",") if column and column not in COLUMNS)


def write_posterior(
    path: Path, rows: Mapping[str, tuple[float, ...]], made_by: str, classes: Sequence[str] = ()
) -> None:
    """Write a table: parameter -> the numbers of `COLUMNS` and of each class; `made_by` goes on top."""
    text = "".join(f"# {line}\n" for line in made_by.splitlines()) + ",".join((*COLUMNS, *classes)) + "\n"
    text += "".join(
        f"{name},{','.join(f'{x:.6g}' for x in numbers)}\n" for name, numbers in sorted(rows.items())
    )
    part = path.with_suffix(".part")
    part.write_text(text, "utf-8")
    part.replace(path)
