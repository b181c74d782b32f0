"""Results of an ensemble, read lazily from its store: (arm, run, time, ...) by qualified state.

A run is there when its `status` is not -1, and usable when it is 0. A store of an interrupted run opens like
any other; it merely has fewer runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from diarchy.engine import FINE
from diarchy.ensemble import store
from diarchy.ensemble.journal import JOURNAL, Entry, read_journal
from diarchy.ensemble.layout import NOT_RUN
from diarchy.ensemble.store import MANIFEST, SCHEMA, ZARR
from diarchy.errors import Fault, ResultsError
from diarchy.model import is_beside

if TYPE_CHECKING:
    import xarray as xr

#: Share of finished runs that may have failed before no question is answered.
MAY_FAIL = 0.001
_SHOWN = 5  # failed runs that a message names


@dataclass(frozen=True)
class Results:
    """What the futures did.

    Parameters
    ----------
    path : the store's folder.
    attrs : what is said of the whole store: case, seed, start, step, mechanisms, timings.
    questions : the questions that were asked of it when it was run.
    facts : qualified fact -> total over its axes, in the first arm that has it [its unit].
    """

    path: Path
    attrs: Mapping[str, Any]
    questions: Any
    facts: Mapping[str, float]

    @cached_property
    def data(self) -> xr.Dataset:
        """Variables by qualified state (arm, run, time, *dims), `status` and `failed_at` (arm, run), and
        coordinate `draw` (run); loaded when used. A state that an arm lacks is NaN there.

        Raises
        ------
        ResultsError : they are damaged.
        """
        return _opened(self.path)

    @property
    def arms(self) -> tuple[str, ...]:
        """Names of the worlds; arms that only stand beside another one, behind them, are not among them."""
        return tuple(name for name in self.every_arm if not is_beside(name))

    @property
    def every_arm(self) -> tuple[str, ...]:
        """Names of all arms, in the order of the data."""
        return tuple(str(name) for name in self.data["arm"].values)

    @property
    def interrupted(self) -> bool:
        """Whether the run was stopped before all futures were done."""
        return not self.attrs.get("finished", False)

    @property
    def parameters(self) -> xr.Dataset:
        """The parameters of each run by qualified name: (arm, run) [its unit]; NaN where an arm lacks it."""
        values = self.data["parameters"]
        named = values.to_dataset(dim="parameter")
        return named.rename({name: str(name) for name in named.data_vars})

    def planned(self) -> np.ndarray:
        """(arm, run) whether a run is to be run at all; an arm may take only the first runs."""
        counts = [self.attrs["planned"][arm] for arm in self.every_arm]
        return np.arange(self.data.sizes["run"]) < np.array(counts)[:, None]

    def finished(self) -> np.ndarray:
        """(arm, run) whether a run has been run, well or not; False also where it is not `planned`."""
        return self.data["status"].values != NOT_RUN

    def usable(self) -> np.ndarray:
        """(arm, run) whether a run has been run and stayed within the bounds of its states."""
        return self.data["status"].values == FINE

    def fact_total(self, name: str, arm: str) -> float:
        """Total of a fact over its axes in one arm [its unit]; a variant may change facts."""
        return float(self.attrs["facts"][arm][name])

    def check_usable(self) -> None:
        """Refuse to answer from an ensemble of which more than `MAY_FAIL` failed.

        Raises
        ------
        ResultsError : naming mechanism, state, run, step and parameters to replay; or nothing has finished.
        """
        status = self.data["status"].values
        done, failed = int((status != NOT_RUN).sum()), int((status > FINE).sum())
        if done == 0:
            raise ResultsError(
                [Fault("no future has finished", str(self.path), cure="run it again, to the end")]
            )
        if failed <= MAY_FAIL * done:
            return
        head = f"{failed} of {done} futures failed, more than {MAY_FAIL:.1%}: no question is answered"
        cure = "mend the mechanism, or narrow the prior that leads there"
        faults = [Fault(head, str(self.path), cure=cure)]
        places = np.argwhere(status > FINE)
        faults += [self._failure(int(a), int(r)) for a, r in places[:_SHOWN]]
        if len(places) > _SHOWN:
            more = f"and {len(places) - _SHOWN} more: see `status` and `failed_at`"
            faults.append(Fault(more, str(self.path / ZARR)))
        raise ResultsError(faults)

    def _failure(self, a: int, r: int) -> Fault:
        """What went wrong in one run, and how to see it again."""
        arm, run = self.every_arm[a], int(self.data["run"].values[r])
        status = int(self.data["status"].values[a, r])
        watched = self.attrs["watched"][arm]
        state = watched[status - 1] if status <= len(watched) else f"state {status}"
        step = int(self.data["failed_at"].values[a, r])
        used = zip(self.data["parameter"].values, self.data["parameters"].values[a, r], strict=True)
        values = ", ".join(f"{name}={float(value)!r}" for name, value in used if not np.isnan(value))
        what = f"{state} was not finite or out of bounds in arm '{arm}', run {run}, step {step}"
        cure = f"replay it with --seed {self.attrs['seed']} --only {run}; its parameters: {values}"
        return Fault(what, cure=cure)


def open_results(path: str | Path, data: bool = True) -> Results:
    """Open the store of an ensemble.

    Parameters
    ----------
    path : the store's folder.
    data : whether to open its arrays too; else they are when they are first used.

    Raises
    ------
    ResultsError : not a store, of another version, or damaged.
    """
    folder = Path(path)
    manifest = _read_manifest(folder)
    attrs = {key: value for key, value in manifest.items() if key != "questions"}
    try:
        attrs |= _so_far(manifest, read_journal(folder)[0])
    except OSError as error:
        raise store.damaged(folder, f"'{JOURNAL}' cannot be read: {error}") from error
    facts: dict[str, float] = {}
    for totals in attrs["facts"].values():
        facts = {**totals, **facts}
    results = Results(folder, attrs, manifest.get("questions"), facts)
    if data:
        _ = results.data
    return results


def _opened(folder: Path) -> xr.Dataset:
    """The arrays of a store."""
    import xarray as xr

    from diarchy.ensemble.reading import Checked, in_blocks

    manifest = _read_manifest(folder)
    try:
        checked = Checked(folder, manifest, read_journal(folder)[0])
        data = xr.open_dataset(
            checked,  # type: ignore[arg-type]  # a Zarr store, which xarray takes
            engine="zarr",
            chunks=None,
            consolidated=True,
            decode_times=False,
            decode_timedelta=False,
        )
        for name in data.variables:
            if "run" not in data[name].dims or name in ("run", "draw"):
                data[name].load()
        data = in_blocks(data, checked)
    except Exception as error:  # a damaged store can fail in any way that zarr and xarray can
        raise store.damaged(folder, f"'{ZARR}' cannot be read: {error}") from error
    needed = ("arm", "run", "draw", "time", "parameter", "parameters", "status", "failed_at")
    missing = [name for name in (*needed, *manifest["states"]) if name not in data.variables]
    if missing:
        raise store.damaged(folder, f"'{ZARR}' lacks {', '.join(missing)}")
    texts = [name for name in data.coords if data[name].dtype.kind == "T"]  # plain strings serve more readers
    return data.assign_coords({name: [str(x) for x in data[name].values] for name in texts}).set_coords(
        "draw"
    )


def _so_far(manifest: Mapping[str, Any], entries: Mapping[int, Entry]) -> dict[str, Any]:
    """What the journal knows better than a manifest that was not written to the end."""
    done = sum(entry.count for entry in entries.values())
    return {
        "done": done,
        "failed": sum(entry.failed for entry in entries.values()),
        "finished": done == sum(manifest["planned"].values()),
    }


def _read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a store, of the version that this program reads."""
    if not (folder / MANIFEST).is_file():
        if store.is_store(folder):
            raise store.damaged(folder, f"'{MANIFEST}' is missing")
        what = "is not a store" if folder.exists() else "is not there"
        raise ResultsError([Fault(what, str(folder), cure="`diarchy list results` shows the stores here")])
    try:
        manifest = store.read_manifest(folder)
    except (OSError, ValueError) as error:
        raise store.damaged(folder, f"'{MANIFEST}' cannot be read: {error}") from error
    if (schema := str(manifest["schema"])) != SCHEMA:
        raise ResultsError([store.other_version(folder, schema)])
    return manifest
