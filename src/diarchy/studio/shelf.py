"""The cases and results that the studio shows: installed ones to read, the person's own to change.

A page never names a path. It names a case or a result that is on the shelf, and a file that is listed in
it; anything else is not found. Own cases are folders with a ``case.yaml`` in the folder that the studio was
started in, as `diarchy new case` makes them; results are the stores under ``results/`` there.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from diarchy import registry
from diarchy.errors import Fault, Faults, ScenarioError, nearest
from diarchy.model import is_beside
from diarchy.places import write_whole
from diarchy.scenario.files import MAX_TABLE_BYTES

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
#: What a case is called when a page makes it; the same as on the command line.
_NEW = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
#: Files of a case that are shown, and what their names may end with. A case is data only.
MOST_FILES, ENDINGS = 64, (".yaml", ".yml", ".csv", ".md", ".geojson")
MOST_CASES, MOST_RESULTS = 200, 200
_MANIFEST_LIMIT = 64 * 2**20


class Missing(Exception):
    """A page named something that is not on the shelf."""


@dataclass(frozen=True)
class Shelf:
    """Where the person's own things are.

    Parameters
    ----------
    home : the folder that the studio was started in.
    """

    home: Path

    @property
    def results(self) -> Path:
        """Where runs go."""
        return self.home / "results"

    def own(self) -> dict[str, Path]:
        """The person's own cases: name -> folder."""
        found = {}
        for path in sorted(self.home.glob("*/case.yaml"))[:MOST_CASES]:
            folder = path.parent
            if _NAME.fullmatch(folder.name) and not folder.is_symlink():
                found[folder.name] = folder
        return found

    def case(self, name: str) -> tuple[Path, bool]:
        """A case's folder, and whether it is the person's own."""
        own = self.own()
        if name in own:
            return own[name], True
        if name in registry.case_names():
            return registry.find_case(name), False
        raise Missing(f"no case '{name[:64]}'")

    def cases(self) -> list[dict[str, Any]]:
        """All cases, the person's own first."""
        own = self.own()
        installed = {name: registry.find_case(name) for name in registry.case_names() if name not in own}
        return [
            {"id": name, "own": name in own, "last_run": self._last(name), **_head(folder)}
            for name, folder in {**own, **installed}.items()
        ]

    def _last(self, case: str) -> str | None:
        """The newest result of a case."""
        return next((row["id"] for row in self.stores() if row["case"] == case), None)

    def store(self, name: str) -> Path:
        """A store by its name."""
        path = self.results / name
        if not _NAME.fullmatch(name) or path.is_symlink() or not (path / "manifest.json").is_file():
            raise Missing(f"no result '{name[:64]}'")
        return path

    def free(self, case: str) -> Path:
        """A folder for a new store of a case."""
        number, path = 1, self.results / case
        while path.exists():
            number += 1
            path = self.results / f"{case}-{number}"
        return path

    def stores(self) -> list[dict[str, Any]]:
        """Stores, newest first."""
        stamped = []
        for manifest in self.results.glob("*/manifest.json"):
            try:
                stamped.append((manifest.stat().st_mtime, manifest))
            except OSError:  # it has gone meanwhile
                continue
        newest = sorted(stamped, reverse=True)[:MOST_RESULTS]
        rows = (_store(path) for _, path in newest if _NAME.fullmatch(path.parent.name))
        return [row for row in rows if row]

    def seconds_a_future(self, case: str) -> float | None:
        """Engine time that a future of one arm took when the case was last run [s]."""
        for row in self.stores():
            if row["case"] == case and row["done"] and row["engine_s"]:
                return float(row["engine_s"]) / float(row["done"])
        return None

    def new(self, source: str, name: str) -> Path:
        """Copy a case into a folder of the person's own.

        Raises
        ------
        ScenarioError : a name that cannot be used or is taken, or a folder that cannot be written.
        """
        folder, _ = self.case(source)
        faults, target = Faults(ScenarioError), self.home / name
        if not _NEW.fullmatch(name) or len(name) > 40:
            faults.add(f"'{name[:64]}' cannot be a case's name", allowed="small letters, digits and hyphens")
        elif target.exists() or target.is_symlink():
            faults.add(f"'{name}' is there already", cure="choose another name")
        faults.raise_if_any()
        try:
            with tempfile.TemporaryDirectory(prefix=".new-", dir=self.home) as draft:
                for file in files_of(folder):
                    copy = Path(draft) / name / file
                    copy.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(folder / file, copy)
                _rename(Path(draft) / name / "case.yaml", name)
                os.rename(Path(draft) / name, target)
        except OSError as error:
            raise ScenarioError([Fault(f"cannot be written: {error.strerror or error}", name)]) from error
        return target

    def save(self, name: str, texts: Mapping[str, str], was: Mapping[str, str]) -> list[str]:
        """Write files of an own case, each whole; returns those that somebody else has changed since.

        Parameters
        ----------
        texts : file -> new text; only files that the case has.
        was : file -> digest of the text that was edited.
        """
        folder, own = self.case(name)
        if not own:
            raise ScenarioError([Fault(f"'{name}' is an installed case", cure="copy it to change it")])
        checked(folder, texts)
        there = files_of(folder)
        stale = [file for file in texts if digest(_text(folder / file)) != was.get(file, "")]
        if stale:
            return stale
        for file, text in texts.items():
            if file in there:
                write_whole(folder / file, text)
        return []


def files_of(folder: Path) -> list[str]:
    """The files of a case that are shown, by name relative to its folder; links are left out."""
    found = []
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        hidden = any(part.startswith((".", "_")) for part in name.parts)
        if hidden or path.suffix not in ENDINGS or len(name.parts) > 2 or "results" in name.parts:
            continue
        if path.is_file() and not path.is_symlink() and path.resolve().is_relative_to(folder.resolve()):
            found.append(name.as_posix())
    return found[:MOST_FILES]


def checked(folder: Path, texts: Mapping[str, str]) -> None:
    """Refuse texts for files that a case does not have, and texts that are too long.

    Raises
    ------
    ScenarioError : every such file.
    """
    faults, there = Faults(ScenarioError), files_of(folder)
    for file, text in texts.items():
        if file not in there:
            faults.add(f"the case has no file '{file[:64]}'", near=nearest(file, there))
        elif not isinstance(text, str) or len(text.encode("utf-8", "replace")) > MAX_TABLE_BYTES:
            faults.add(f"'{file}' is longer than a file of a case may be")
    faults.raise_if_any()


def texts_of(folder: Path) -> dict[str, str]:
    """The texts of a case's files that can be shown."""
    return {name: _text(folder / name) for name in files_of(folder)}


def with_changes(folder: Path, texts: Mapping[str, str], place: Path) -> Path:
    """A copy of a case in a new folder, with some of its files as a page has edited them."""
    checked(folder, texts)
    copy = place / folder.name.replace("_", "-")
    for name, text in {**texts_of(folder), **texts}.items():
        path = copy / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return copy


def digest(text: str) -> str:
    """What a text is known by when it is saved again."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def _text(path: Path) -> str:
    """The text of a file, bounded; what is not UTF-8 is shown as such."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_TABLE_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""


def _rename(file: Path, name: str) -> None:
    """Give a copied case its own name, so that its results are not taken for the other's."""
    text = file.read_text(encoding="utf-8")
    file.write_text(re.sub(r"(?m)^case:.*$", f"case: {name}", text, count=1), encoding="utf-8")


def _head(folder: Path) -> dict[str, str]:
    """Title and summary of a case, read as text: a card must not need the whole case to be right."""
    fields = {"title": folder.name, "summary": ""}
    lines = _text(folder / "case.yaml").splitlines()
    for place, line in enumerate(lines):
        key, colon, value = line.partition(":")
        if key not in fields or not colon:
            continue
        value = value.strip().strip("\"'")
        if value in ("", ">", ">-", "|", "|-"):
            value = " ".join(_indented(lines[place + 1 :]))
        fields[key] = value
    return fields


def _indented(lines: list[str]) -> list[str]:
    """The lines that belong to the key above."""
    found = []
    for line in lines:
        if line.strip() and not line.startswith(" "):
            break
        found.append(line.strip())
    return found


def _store(manifest: Path) -> dict[str, Any] | None:
    """One store by its manifest; None when that cannot be read."""
    try:
        if manifest.stat().st_size > _MANIFEST_LIMIT:
            return None
        said = json.loads(manifest.read_text(encoding="utf-8"))
        return {
            "id": manifest.parent.name,
            "case": str(said.get("case", "")),
            "title": str(said.get("title", "")),
            "futures": int(said.get("futures", 0)),
            "arms": [str(arm) for arm in said.get("arms", []) if not is_beside(str(arm))],
            "done": int(said.get("done", 0)),
            "finished": bool(said.get("finished", False)),
            "when": str(said.get("created", "")),
            "engine_s": said.get("engine_s"),
        }
    except (OSError, ValueError, AttributeError, TypeError):
        return None
