"""`diarchy doctor`: what the machine offers, and what would go wrong."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from diarchy import __version__
from diarchy.commands.console import WRONG_INPUT, Console, speaking
from diarchy.commands.usage import command

PACKAGES = ("click", "numba", "numpy", "pint", "pydantic", "rich", "ruamel.yaml", "scipy", "xarray", "zarr")
#: [GiB] below which a run of the flagship with its store may not fit.
LITTLE_DISK, LITTLE_MEMORY = 1.0, 1.0
_GIB = 2**30


@command()
@speaking
def doctor(console: Console) -> int | None:
    """Versions, cores, memory, caches, disk and what is installed; exit code 2 when something is amiss."""
    console.faults.raise_if_any()
    rows = [*_versions(), *_machine(), *_cache(), *_disk(), *_installed()]
    if console.json:
        console.document({"schema": "diarchy/doctor/1", "version": __version__, "checks": rows})
    else:
        console.table("doctor", rows, wrap=("found", "advice"))
    amiss = [row for row in rows if not row["fine"]]
    console.say(f"{len(amiss)} of {len(rows)} checks amiss" if amiss else "all is well")
    return WRONG_INPUT if amiss else None


def _row(check: str, found: Any, fine: bool = True, advice: str = "") -> dict[str, Any]:
    """One check; advice only where it is needed."""
    return {"check": check, "found": str(found), "fine": fine, "advice": "" if fine else advice}


def _versions() -> list[dict[str, Any]]:
    """Versions of Python, of Diarchy and of what it stands on."""
    rows = [_row("diarchy", __version__), _row("python", platform.python_version())]
    for package in PACKAGES:
        try:
            rows.append(_row(package, version(package)))
        except PackageNotFoundError:
            rows.append(_row(package, "missing", False, f"pip install {package}"))
    return rows


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _machine() -> list[dict[str, Any]]:
    """System, cores and memory."""
    rows = [_row("system", platform.platform(terse=True)), _row("cores", cores())]
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / _GIB
        advice = "run fewer workers: -j 1"
        rows.append(_row("memory", f"{memory:.1f} GiB", memory >= LITTLE_MEMORY, advice))
    return rows


def _cache() -> list[dict[str, Any]]:
    """Whether compiled mechanisms can be kept, and whether they are already there."""
    package = Path(__file__).parents[1]
    chosen = os.environ.get("NUMBA_CACHE_DIR")
    folder = Path(chosen) if chosen else package / "__pycache__"
    advice = "set NUMBA_CACHE_DIR to a folder that can be written, or every run compiles again"
    rows = [_row("compile cache", folder, _writable(folder if folder.exists() else folder.parent), advice)]
    kept = sum(1 for _ in (folder if chosen else package).rglob("*.nbi"))
    state = f"{kept} functions kept" if kept else "empty: the first run compiles, which takes some seconds"
    return [*rows, _row("compiled", state)]


def _writable(folder: Path) -> bool:
    """Whether a file can be made in a folder."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _disk() -> list[dict[str, Any]]:
    """Room for results here."""
    here = Path.cwd()
    free = shutil.disk_usage(here).free / _GIB
    return [
        _row("disk free here", f"{free:.1f} GiB", free >= LITTLE_DISK, "write elsewhere: --out DIR"),
        _row(
            "can write here",
            "yes" if _writable(here) else "no",
            _writable(here),
            "write elsewhere: --out DIR",
        ),
    ]


def _installed() -> list[dict[str, Any]]:
    """Mechanisms and cases by entry point, each loaded."""
    from diarchy.errors import DiarchyError
    from diarchy.registry import case_names, find_case, find_mechanism, mechanism_names

    rows = []
    for kind, names, find in (
        ("mechanism", mechanism_names, find_mechanism),
        ("case", case_names, find_case),
    ):
        try:
            for name in names():
                try:
                    find(name)
                    rows.append(_row(f"{kind} {name}", "loads"))
                except DiarchyError as error:
                    rows.append(_row(f"{kind} {name}", error.faults[0].what, False, "reinstall its package"))
        except DiarchyError as error:  # two packages offer one name: nothing of this kind can be found
            rows.append(_row(f"{kind}s", error.faults[0].what, False, error.faults[0].cure))
    if not rows:
        rows.append(_row("entry points", "none", False, f"{sys.executable} -m pip install diarchy"))
    return rows
