"""`diarchy new case` and `diarchy new mechanism`: a working skeleton with its test, in a new folder."""

from __future__ import annotations

import keyword
import os
import re
import shutil
import string
import tempfile
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import click

from diarchy.commands.console import Commands, Console, speaking
from diarchy.errors import DesignError, Fault, Faults

#: Lower case, digits and hyphens, beginning with a letter: it becomes a folder, a package and a key in files.
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_LONGEST_NAME = 40
#: Files that are filled in; the ending is dropped. Others are copied as they are.
_TEMPLATE = ".template"


@click.group("new", cls=Commands)
def new() -> None:
    """Write a small working skeleton into a new folder ./NAME, with a test that passes at once."""


@new.command("case")
@click.argument("name")
@speaking
def case(name: str, console: Console) -> None:
    """A case of two places with built-in mechanisms: change its tables, sources and questions."""
    folder = write("case", name)
    _told(console, "case", folder)
    console.then(f"diarchy run ./{name} -n 100", "its answers")
    console.say(f"test it: pytest {name}")


@new.command("mechanism")
@click.argument("name")
@speaking
def mechanism(name: str, console: Console) -> None:
    """A package that can be installed, with one mechanism: change its states, parameters and equations."""
    folder = write("mechanism", name)
    _told(console, "mechanism", folder)
    console.then(f"pip install -e ./{name}", f"then `{name}` can be named in any scenario")
    console.say(f"test it: pytest {name}")


def _told(console: Console, kind: str, folder: Path) -> None:
    """Say which files were written; they are the data of this command."""
    written = sorted(str(path.relative_to(folder.parent)) for path in folder.rglob("*") if path.is_file())
    if console.json:
        console.document({"schema": "diarchy/new/1", "kind": kind, "folder": folder.name, "files": written})
    else:
        console.data("\n".join(written))


def write(kind: str, name: str) -> Path:
    """Write a skeleton into a new folder of the current one, all of it or nothing.

    Parameters
    ----------
    kind : 'case' or 'mechanism'.
    name : of the case or mechanism, and of the folder.

    Raises
    ------
    DesignError : a name that cannot be used, a folder that is there, a place that cannot be written.
    """
    target = Path.cwd() / name
    _check(kind, name, target)
    words = {"name": name, "module": name.replace("-", "_"), "NAME": name.replace("-", "_").upper()}
    try:
        draft = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=target.parent))
    except OSError as error:
        raise _unwritable(target, error) from error
    try:
        _fill(files("diarchy") / "skeletons" / kind, draft, words)
        draft.chmod(0o777 & ~_umask())
        os.rename(draft, target)
    except OSError as error:
        shutil.rmtree(draft, ignore_errors=True)
        raise _unwritable(target, error) from error
    return target


def _unwritable(target: Path, error: OSError) -> DesignError:
    """The fault of a folder that cannot be written."""
    return DesignError([Fault(f"cannot be written: {error.strerror or error}", target.name)])


def _umask() -> int:
    """The process's mask of permissions; temporary folders do not follow it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _check(kind: str, name: str, target: Path) -> None:
    """Refuse a name that would not work, and a folder that is there."""
    faults = Faults(DesignError)
    if not _NAME.fullmatch(name) or len(name) > _LONGEST_NAME:
        suggestion = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:_LONGEST_NAME].strip("-")
        usable = bool(_NAME.fullmatch(suggestion)) and suggestion != name
        allowed = (
            f"lower-case letters, digits and single hyphens, beginning with a letter, at most {_LONGEST_NAME}"
        )
        faults.add(
            f"'{name[:_LONGEST_NAME]}' cannot be a name", allowed=allowed, near=suggestion if usable else ""
        )
    elif keyword.iskeyword(name):
        faults.add(f"'{name}' is a word of Python's", cure="choose another name")
    elif kind == "mechanism" and "-" in name:
        faults.add(
            f"'{name}' cannot name a mechanism: it becomes part of mechanism.state",
            allowed="one word",
            near=name.replace("-", ""),
        )
    elif target.exists() or target.is_symlink():
        faults.add("is there already", name, cure="choose another name, or move it away")
    elif kind == "mechanism":
        _check_taken(name, faults)
    faults.raise_if_any()


def _check_taken(name: str, faults: Faults) -> None:
    """Refuse the name of an installed mechanism: two of one name cannot both be found."""
    from diarchy.registry import mechanism_names

    if name in mechanism_names():
        faults.add(f"a mechanism '{name}' is installed already", cure="choose another name")


def _fill(source: Traversable, target: Path, words: dict[str, str]) -> None:
    """Copy a folder of the skeleton, with its names filled in."""
    for entry in source.iterdir():
        if entry.name == "__pycache__":
            continue
        place = target / string.Template(entry.name.replace("MODULE", "${module}")).substitute(words)
        if entry.is_dir():
            place.mkdir()
            _fill(entry, place, words)
        elif entry.name.endswith(_TEMPLATE):
            text = string.Template(entry.read_text(encoding="utf-8")).substitute(words)
            place.with_name(place.name.removesuffix(_TEMPLATE)).write_text(text, encoding="utf-8")
        else:
            place.write_bytes(entry.read_bytes())
