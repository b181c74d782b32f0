"""What the processor does in a future, by function: sampled by Linux `perf`, kernels with their names.

Numba leaves no symbols for what it compiles. So a process of its own compiles everything anew, in an empty
cache, notes at which addresses the functions lie, and writes them where `perf` looks for symbols.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from benchmarks.kernels import base
from benchmarks.registry import Measure, benchmark

_BLOCKS = 6  # of futures, while samples are taken
_PER_SECOND = 5000  # samples
_LAST = 1 << 16  # bytes that the last function may take
#: Part -> the functions that belong to it, or the file that they are in.
_PARTS = {
    "rings, one by one": r"flows\._draw_rings",
    "numbers by quantile": r"numerics\.(binomial|_binomial|_invert|normal_quantile|poisson)",
    "turns of the generator": r"randomness\.",
    "who leaves, and where to": r"flows\.",
    "crowd: scene, law, choices, look": r"mechanisms\.crowd\.",
    "other mechanisms": r"mechanisms\.|indices\.|games\.",
    "exp, log": r"libm",
}


@benchmark
def profile(futures: int) -> list[Measure]:
    """Shares of the processor's samples in blocks of the flagship; needs Linux and `perf`."""
    if shutil.which("perf") is None:
        return [Measure("perf is not installed", 0.0, "%")]
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "samples"
        fresh = {**os.environ, "NUMBA_CACHE_DIR": f"{folder}/cache"}
        subprocess.run([sys.executable, "-m", "benchmarks.profile", str(told)], env=fresh, check=True)
        lines = told.read_text(encoding="utf-8").splitlines()
    seen = Counter(_part(line) for line in lines if line.strip())
    if not seen:
        return [Measure("perf may not sample here", 0.0, "%", "what it says is on standard error")]
    total = sum(seen.values())
    return [Measure(name, 100 * n / total, "%", f"of {total:,} samples") for name, n in seen.most_common()]


def _part(line: str) -> str:
    """The part that a sample belongs to."""
    name = ".".join(_words(line)) or line
    return next((part for part, like in _PARTS.items() if re.search(like, name)), "Python and views")


def _words(symbol: str) -> list[str]:
    """Module and function that numba's symbol spells, each word behind its length."""
    found, at = [], symbol.find("7diarchy")
    while at >= 0 and (length := re.match(r"\d+", symbol[at:])):
        first = at + length.end()
        at = first + int(length.group())
        found.append(symbol[first:at])
    return found


def _addresses(libraries: list[Any]) -> dict[int, str]:
    """Address -> symbol of all functions of numba's libraries that were compiled in this process."""
    found = {}
    for library in libraries:
        engine = library.codegen._engine._ee
        for function in library._final_module.functions:
            if not function.is_declaration:
                found[engine.get_function_address(function.name)] = function.name
    return found


def _sample(out: str) -> None:
    """Compile, write where each function lies, and take samples of some blocks."""
    from numba.core import codegen

    from diarchy.engine import World

    libraries, finalize = [], codegen.JITCodeLibrary._finalize_specific

    def noted(self: Any) -> None:
        finalize(self)
        libraries.append(self)

    codegen.JITCodeLibrary._finalize_specific = noted  # numba has no open door to the addresses
    model, values, runs = base()

    def block() -> None:
        world = World(model.arms["base"], values, runs, 1)
        for step in range(model.calendar.steps):
            world.step(step, model.calendar.step)

    block()
    symbols = Path(os.sep, "tmp", f"perf-{os.getpid()}.map")  # where perf looks
    found = sorted(_addresses(libraries).items())
    ends = [address for address, _ in found[1:]] + [found[-1][0] + _LAST]
    symbols.write_text("".join(f"{a:x} {b - a:x} {name}\n" for (a, name), b in zip(found, ends, strict=True)))
    record = ["perf", "record", "-q", "-F", str(_PER_SECOND), "-p", str(os.getpid()), "-o", f"{out}.data"]
    try:
        with subprocess.Popen(record) as perf:
            time.sleep(1.0)  # until it samples
            for _ in range(_BLOCKS):
                block()
            perf.send_signal(signal.SIGINT)
        script = ["perf", "script", "-i", f"{out}.data", "-F", "ip,sym,dso"]
        with Path(out).open("w", encoding="utf-8") as told:  # left empty where perf may not sample
            subprocess.run(script, stdout=told, stderr=subprocess.DEVNULL, check=False)
    finally:
        symbols.unlink()


if __name__ == "__main__":
    _sample(sys.argv[1])
