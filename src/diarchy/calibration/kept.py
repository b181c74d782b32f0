"""Answers kept between runs, and what made them, for an interrupted command to go on from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from diarchy.calibration.library import Onset
from diarchy.calibration.thin import MECHANISMS
from diarchy.errors import DesignError, Fault

#: The sources from which a simulated answer follows, within the package.
_SOURCES = (
    *(f"mechanisms/{name}.py" for name in MECHANISMS), "engine.py", "flows.py", "indices.py", "mechanism.py",
    "model.py", "numerics.py", "prior.py", "randomness.py", "ensemble/design.py", "calibration/generic.py",
    "calibration/outside.py", "calibration/rungs.py", "calibration/thin.py",
)  # fmt: skip
_PACKAGE = Path(__file__).parents[1]
_MARK = "made-by.json"


def fingerprint(onsets: Sequence[Onset]) -> str:
    """What simulated answers follow from, besides draws and seed: the model's sources, the cases' facts."""
    whole = hashlib.sha256()
    for pattern in _SOURCES:
        for path in sorted(_PACKAGE.glob(pattern)):
            whole.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    whole.update(repr(tuple(onsets)).encode())
    return whole.hexdigest()[:16]


def claim(folder: Path, made_by: str) -> bool:
    """Take a folder to keep answers in.

    Parameters
    ----------
    folder : made if it is not there.
    made_by : the `fingerprint` of what will be kept.

    Returns
    -------
    Whether it is known that all answers in it were made so; False for a folder with answers and no mark.

    Raises
    ------
    DesignError
        When it holds answers of another model or of other cases, or cannot be written.
    """
    mark = folder / _MARK
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not mark.exists():
            if any(folder.glob("*.npz")):
                return False
            mark.write_text(json.dumps({"schema": "diarchy/kept/1", "made_by": made_by}), "utf-8")
        found = json.loads(mark.read_text("utf-8"))
    except OSError as error:
        fault = Fault(f"cannot be written: {error.strerror}", str(folder), cure="name another with --work")
        raise DesignError([fault]) from None
    except ValueError:
        found = None
    if not isinstance(found, dict) or found.get("made_by") != made_by:
        what = "holds answers of another version of the model, or of other cases"
        raise DesignError([Fault(what, str(folder), cure="name another folder with --work, or remove it")])
    return True
