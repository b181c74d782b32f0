"""Spoil the shipped files at random and see that nothing worse than a sentence comes of it.

``python -m benchmarks.fuzz [--mutants 10000] [--seed 1] [--workers 2] [--page docs/design/faults.md]``

Each mutant is one shipped file with one to four random wounds: bytes, lines, numbers, words, cells, and
things that have broken readers before (tags, aliases, deep nesting, long lines, paths out of the folder). It
is read by the same door as a user's file. It may be taken, or a `DiarchyError` may say what is wrong. It may
not raise anything else, take more than five seconds of processor, have a file opened for writing or a process
or a connection begun anywhere, or make memory grow. Mutant i of a seed is the same on every machine.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

from benchmarks.wounds import wound

MOST_SECONDS = 5.0  # of processor, so that a busy machine does not look like a hang
MOST_GROWTH_MB = 512.0  # of the whole run: more than a bounded reader of files of 1 MB can need
CASE = "kazakhstan-2022"
#: What opens for writing, makes, moves or removes; and what leaves the process.
_WRITES = {"os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "os.symlink", "os.truncate",
           "os.chmod", "os.chown", "shutil.rmtree", "shutil.move", "shutil.copyfile"}  # fmt: skip
_LEAVES = {"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "socket.connect"}


@dataclass
class Tally:
    """What became of the mutants of one file."""

    mutants: int = 0
    taken: int = 0
    refused: int = 0
    slowest: float = 0.0
    bad: list[dict[str, Any]] = field(default_factory=list)


class _Hang(BaseException):
    """The processor time of one mutant has run out; not an Exception, so that no reader can swallow it."""


class Watchman:
    """Sees every file opened for writing and everything begun outside this process, while on duty."""

    def __init__(self) -> None:
        self.on_duty = False
        self.seen: list[str] = []
        sys.addaudithook(self._look)

    def _look(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.on_duty:
            return
        if event == "open":
            path, mode, flags = arguments
            writing = (isinstance(flags, int) and flags & 3) or (
                isinstance(mode, str) and set(mode) & set("wax+")
            )
            if writing:
                self.seen.append(f"open {path} for writing")
        elif event in _WRITES or event in _LEAVES:
            self.seen.append(f"{event} {arguments[:1]}")


@dataclass(frozen=True)
class Way:
    """One shipped file, how a user's command reads it, and its share of the mutants: slow ones get few."""

    name: str
    folder: str
    file: str
    read: Callable[[Path], object]
    share: int


def ways() -> list[Way]:
    """All shipped files that a user may give: the flagship's, a new case's, and the library of crises."""
    from diarchy.calibration.library import read_library
    from diarchy.calibration.targets import read_targets
    from diarchy.commands.check import look_over_case
    from diarchy.errors import Faults, ScenarioError
    from diarchy.questions.question import questions_of
    from diarchy.questions.vocabulary import vocabulary_of_model
    from diarchy.scenario.compose import wire
    from diarchy.scenario.files import CaseFolder
    from diarchy.scenario.network import case_network
    from diarchy.scenario.read import read
    from diarchy.updating.reports import read_reports

    scenario = read(CASE)
    model = wire(scenario)
    words = vocabulary_of_model(model, scenario.changes)
    questions = {question.id: question for question in questions_of(scenario, model)}
    start = scenario.run.start

    def check(folder: Path) -> object:
        return look_over_case(str(folder), False)

    def network(folder: Path) -> object:
        given = read(folder)
        return case_network(given, wire(given, ["base"]).arms["base"].facts)

    def targets(folder: Path) -> object:
        return read_targets(CaseFolder(folder, Faults(ScenarioError)), words, start, scenario.sources)

    own = {
        "targets.yaml": (targets, 40),
        "reports.csv": (lambda folder: read_reports(folder / "reports.csv", words, start, questions), 40),
    } | dict.fromkeys(("routes.csv", "nodes.csv", "markets.csv", "owners.csv"), (network, 1))
    files = sorted(p for p in scenario.folder.rglob("*") if p.suffix in (".yaml", ".csv", ".geojson"))
    named = [path.relative_to(scenario.folder).as_posix() for path in files]
    found = [Way(name, "flagship", name, *own.get(name, (check, 1))) for name in named]
    new = ("case.yaml", "scenarios/base.yaml", "questions.yaml", "places.csv")
    found += [Way(f"a new case: {name}", "new-case", name, check, 45) for name in new]
    library = Way("library of crises", "library", "cases.csv", lambda at: read_library(at / "cases.csv"), 60)
    return [*found, library]


def prepare(place: Path) -> None:
    """Copies of what is shipped, to be spoiled."""
    from diarchy.calibration.library import LIBRARY
    from diarchy.cli import call
    from diarchy.scenario.read import read

    shutil.copytree(read(CASE).folder, place / "flagship", ignore=shutil.ignore_patterns("__pycache__"))
    (place / "library").mkdir()
    shutil.copyfile(LIBRARY, place / "library" / "cases.csv")
    with (
        contextlib.chdir(place),
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
    ):
        if call(["new", "case", "new-case"]) != 0:
            raise SystemExit("no new case could be made")


@contextmanager
def _bounded(seconds: float) -> Iterator[None]:
    """Stop what takes longer than this of processor."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise _Hang

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0.0)
        signal.signal(signal.SIGPROF, before)


def try_one(place: Path, way: Way, key: str, watchman: Watchman, tally: Tally) -> None:
    """Wound one file, read it, note what became of it, and put it back."""
    from diarchy.errors import DiarchyError

    folder = place / way.folder
    file = folder / way.file
    whole = file.read_bytes()
    file.write_bytes(wound(whole, way.file.rpartition(".")[2], random.Random(key)))
    began, bad = time.process_time(), ""
    watchman.seen.clear()
    watchman.on_duty = True
    try:
        with _bounded(MOST_SECONDS):
            way.read(folder)
        tally.taken += 1
    except DiarchyError as error:
        tally.refused += 1
        bad = "" if error.faults and str(error) else "a refusal that says nothing"
    except _Hang:
        bad = f"more than {MOST_SECONDS:g} s"
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        bad = f"{type(error).__name__}: {str(error)[:200]} ({Path(last.filename).name}:{last.lineno})"
    finally:
        watchman.on_duty = False
        file.write_bytes(whole)
    bad = bad or "; ".join(watchman.seen[:3])
    tally.mutants += 1
    tally.slowest = max(tally.slowest, time.process_time() - began)
    if bad:
        tally.bad.append({"file": way.name, "key": key, "what": bad})


def plan(mutants: int, seed: int, only: str = "") -> list[tuple[Way, str]]:
    """Which file each mutant is made of, and the key of its wounds; files take turns by their shares."""
    chosen = [way for way in ways() if only in way.name]
    most = max(way.share for way in chosen)
    turns = [way for turn in range(most) for way in chosen if turn < way.share]
    return [(turns[i % len(turns)], f"{seed}:{i}") for i in range(mutants)]


def fuzz(
    planned: list[tuple[Way, str]], tell: Callable[[str], None] = lambda _: None
) -> tuple[dict[str, Tally], float]:
    """Try planned mutants; returns a tally by file, and how far memory grew [MB]."""
    watchman, tallies = Watchman(), {way.name: Tally() for way, _ in planned}
    with tempfile.TemporaryDirectory() as made:
        prepare(Path(made))
        for way in {way.file: way for way, _ in planned}.values():
            way.read(
                Path(made) / way.folder
            )  # whole files are taken; and what is compiled once is compiled here
        before = _memory()
        for i, (way, key) in enumerate(planned):
            try_one(Path(made), way, key, watchman, tallies[way.name])
            if i % 500 == 499:
                tell(f"{i + 1} of {len(planned)}, {sum(len(t.bad) for t in tallies.values())} bad")
        return tallies, _memory() - before


def together(mutants: int, seed: int, only: str, workers: int) -> tuple[dict[str, Tally], float]:
    """The same by several processes, each with every so many of the mutants."""
    command = [sys.executable, "-m", "benchmarks.fuzz", "--mutants", str(mutants), "--seed", str(seed)]
    command += ["--only", only, "--json"]
    running = [
        subprocess.Popen([*command, "--part", f"{k}/{workers}"], stdout=subprocess.PIPE, text=True)
        for k in range(workers)
    ]
    tallies: dict[str, Tally] = {}
    growth = 0.0
    for process in running:
        said = json.loads(process.communicate()[0])
        growth = max(growth, said["growth_mb"])
        for name, one in said["files"].items():
            sum_ = tallies.setdefault(name, Tally())
            for what in ("mutants", "taken", "refused"):
                setattr(sum_, what, getattr(sum_, what) + one[what])
            sum_.slowest = max(sum_.slowest, one["slowest"])
            sum_.bad += one["bad"]
    return tallies, growth


def _memory() -> float:
    """The most that this process has held [MB]."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def table(tallies: dict[str, Tally], seed: int, growth: float) -> str:
    """The outcome as a table for the documentation."""
    total = sum(tally.mutants for tally in tallies.values())
    lines = [
        f"{total:,} mutants, seed {seed}; memory grew by {growth:.0f} MB over all of them.",
        "",
        "| file | mutants | taken | refused with faults | anything else | slowest, s of processor |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {name} | {t.mutants} | {t.taken} | {t.refused} | {len(t.bad)} | {t.slowest:.2f} |"
        for name, t in tallies.items()
    ]
    return "\n".join(lines)


def main() -> None:
    """Fuzz, print the table, and leave with 1 when anything went otherwise than it may."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzz", description=__doc__)
    parser.add_argument("--mutants", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", metavar="FILE", help="files with this in their name")
    parser.add_argument("--workers", type=int, default=1, help="processes")
    parser.add_argument("--part", metavar="K/N", help="only every N-th mutant, from the K-th on")
    parser.add_argument("--json", action="store_true", help="tallies as JSON")
    parser.add_argument("--page", type=Path, help="write the table between its marks in this page")
    asked = parser.parse_args()
    if asked.workers > 1:
        tallies, growth = together(asked.mutants, asked.seed, asked.only, asked.workers)
    else:
        part, parts = (int(n) for n in (asked.part or "0/1").split("/"))
        planned = plan(asked.mutants, asked.seed, asked.only)[part::parts]
        tallies, growth = fuzz(planned, lambda text: print(text, file=sys.stderr))
    bad = [one for tally in tallies.values() for one in tally.bad]
    if asked.json:
        print(json.dumps({"growth_mb": growth, "files": {name: asdict(t) for name, t in tallies.items()}}))
    else:
        _show(table(tallies, asked.seed, growth), bad, asked.page)
    sys.exit(1 if bad or growth > MOST_GROWTH_MB else 0)


def _show(said: str, bad: list[dict[str, Any]], page: Path | None) -> None:
    """The table, and each kind of trouble once."""
    print(said)
    for what, count in Counter(one["what"] for one in bad).most_common():
        first = next(one for one in bad if one["what"] == what)
        print(json.dumps({"times": count, **first}, ensure_ascii=False))
    if page:
        from benchmarks.page import put

        put(page, "fuzz", said)


if __name__ == "__main__":
    main()
