"""Open the files of a case as what they are: somebody else's, and not to be trusted.

Every file is confined to the case folder, links included, bounded in size before it is opened, and read as
text. YAML is composed to nodes, never to objects: a tag is refused, an alias is counted each time it is used,
and every key keeps its ``file:line``. Texts hold no control characters: they are printed on terminals.
"""

from __future__ import annotations

import datetime as dt
import os
import re
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from diarchy.errors import STEERING, Faults, nearest

#: Bounds on what is read. A large case (hundreds of questions) has some 100 kB of YAML, a table 10 kB.
MAX_YAML_BYTES = 512 * 1024
MAX_TABLE_BYTES = 1024 * 1024
MAX_DEPTH = 24
MAX_NODES = 50_000
MAX_DIGITS = 40

_TOO_DEEP = re.compile(rf"(?:[\[{{]\s*){{{MAX_DEPTH + 1}}}")
_CORE = "tag:yaml.org,2002:"
#: What no text of a case holds: characters that steer a terminal or turn what is read around, and halves of
#: characters, which no file can be written with.
_UNREADABLE = re.compile(f"[{STEERING}\x1b\ud800-\udfff]")


@dataclass(frozen=True)
class Document:
    """A YAML file as plain dicts, lists and scalars.

    Parameters
    ----------
    name : how faults call the file.
    data : its top mapping.
    lines : path of keys -> ``file:line``; the place of a list's item has its number, as text, in the path.
    """

    name: str
    data: dict[str, Any]
    lines: dict[tuple[str, ...], str] = field(default_factory=dict)

    def at(self, *path: Any) -> str:
        """``file:line`` of a path of keys, or of the nearest place above it."""
        steps = tuple(str(p) for p in path)
        found = (self.lines[steps[:n]] for n in range(len(steps), 0, -1) if steps[:n] in self.lines)
        return next(found, f"{self.name}:1")


@dataclass
class CaseFolder:
    """The folder of one case, and the texts read from it so far.

    Parameters
    ----------
    root : the folder that holds ``case.yaml``; nothing outside it is opened.
    faults : where faults go; a file that cannot be taken gives None and a fault.
    texts : name relative to the root -> text.
    refused : files that are there and cannot be taken; told once, however often they are named.
    """

    root: Path
    faults: Faults
    texts: dict[str, str] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.root = self.root.resolve()

    def name_of(self, path: Path) -> str:
        """How faults and the provenance call a file: relative to the case folder."""
        path = Path(os.path.normpath(path))
        return path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else path.name

    def beside(self, path: Path, name: str, where: str) -> Path | None:
        """The file that `name` means when written in the file `path`, if it is inside the case folder."""
        target = Path(os.path.normpath(path.parent / name)) if "\0" not in name else None
        if target is None or Path(name).is_absolute() or not self._holds(target):
            cure = "give a path relative to this file, inside the folder of case.yaml, with no link out of it"
            self.faults.add(f"'{shown(name)}' leads out of the case folder", where, cure=cure)
            return None
        return target

    def _holds(self, target: Path) -> bool:
        """Whether a path stays inside the root, before and after links are followed."""
        try:
            return target.is_relative_to(self.root) and target.resolve().is_relative_to(self.root)
        except (OSError, RuntimeError, ValueError):  # a circle of links, or half a character
            return False

    def text(self, path: Path, where: str, limit: int) -> str | None:
        """The text of a file of the case, bounded; `where` is the place that asked for it."""
        name = self.name_of(path)
        if name in self.texts or name in self.refused:
            return self.texts.get(name)
        if not self._holds(path):
            self.faults.add(f"'{name}' leads out of the case folder", where)
            return None
        fault, text = read_text(path, name, limit)
        if fault.startswith("no file"):
            self.faults.add(fault, where or name, **_missing(path))
        elif fault:
            self.refused.add(name)
            self.faults.add(fault, where or name)
        elif text is not None:
            self.texts[name] = text
        return text

    def document(self, path: Path, where: str = "") -> Document | None:
        """A YAML file of the case."""
        text = self.text(path, where, MAX_YAML_BYTES)
        return None if text is None else parse(text, self.name_of(path), self.faults)


def _missing(path: Path) -> dict[str, str]:
    """The nearest name beside a file that is not there."""
    names = sorted(p.name for p in path.parent.iterdir()) if path.parent.is_dir() else []
    return {"near": nearest(path.name, names)}


def read_text(path: Path, name: str, limit: int, what: str = "a file of a case") -> tuple[str, str | None]:
    """What is wrong with a file, or an empty string and its text. Its size is asked before it is opened.

    Parameters
    ----------
    path, name : the file, and how faults call it.
    limit : [byte] that `what` may have.
    """
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            return f"'{name}' is a folder, expected a file", None
        if not stat.S_ISREG(status.st_mode):
            return f"'{name}' is not a plain file", None
        if status.st_size > limit:
            size, most = status.st_size / 1e6, limit / 1e6
            return f"'{name}' has {size:.1f} MB; {what} may have {most:.1f} MB", None
        with path.open("rb") as stream:
            data = stream.read(limit + 1)
        return "", data[:limit].decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        return f"'{name}' is not UTF-8 text (line {line}); save it as UTF-8", None
    except FileNotFoundError:
        return f"no file '{name}'", None
    except (OSError, ValueError) as error:
        return f"'{name}' cannot be opened ({getattr(error, 'strerror', None) or 'bad path'})", None


def shown(value: Any, most: int = 40) -> str:
    """A value of a file as it may be printed: short, on one line, without control characters."""
    text = value if isinstance(value, str) else repr(value)
    text = "".join(c if c.isprintable() else "?" for c in text[: most + 1])
    return text if len(text) <= most else text[:most] + "..."


def unreadable(text: str) -> str:
    """The first character that no text of a case may hold, as ``U+001B``; empty where there is none."""
    found = _UNREADABLE.search(text)
    return f"U+{ord(found[0]):04X}" if found else ""


def parse(text: str, name: str, faults: Faults) -> Document | None:
    """YAML text as a document, or None and what is wrong with it.

    Parameters
    ----------
    text, name : the text, and how faults call the file.
    faults : where faults go.
    """
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        if _TOO_DEEP.search(text):  # the composer would need seconds to find that out
            raise RecursionError
        node = _composed(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        cure = "check indentation, colons, brackets and quotes near this line"
        faults.add(
            f"not readable as YAML: {shown(error.problem or 'malformed', 90)}", f"{name}:{line}", cure=cure
        )
        return None
    except (YAMLError, ValueError):
        faults.add("not readable as YAML: it holds characters that are not text", f"{name}:1")
        return None
    except RecursionError:
        faults.add("nested too deeply", f"{name}:1", f"{MAX_DEPTH} levels")
        return None
    except _TooMuch as error:
        faults.add(str(error), f"{name}:1", f"{MAX_NODES} values")
        return None
    if node is None:
        faults.add("the file is empty", f"{name}:1")
        return None
    if node.id != "mapping":
        faults.add(f"expected keys with values, found a {node.id}", f"{name}:1")
        return None
    builder = _Builder(name, faults)
    data = builder.plain(node, ())
    return Document(name, data, builder.lines) if data is not None else None


class _TooMuch(Exception):
    """The document unfolds beyond the bounds, at a node if it can be told which."""

    def __init__(self, what: str, node: Any = None):
        super().__init__(what)
        self.node = node


def _composed(text: str) -> Any:
    """The top node of a YAML text.

    The reader that keeps comments words faults better, but cannot keep each comment that YAML allows: one
    behind a key whose text begins on the next line, with an empty line after that. None is needed here.
    """
    try:
        return _composer("rt").compose(text)
    except NotImplementedError:
        return _composer("safe").compose(text)


def _composer(sort: str) -> Any:
    """A reader of YAML that stops at the bound on values: to compose all that half a megabyte can hold takes
    ten seconds. It says nothing by itself of an anchor that is set again, which YAML allows.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.composer import Composer

    class Bounded(Composer):
        nodes = 0

        def __init__(self, loader: Any = None):
            super().__init__(loader)
            self.warn_double_anchors = False

        def compose_node(self, parent: Any, index: Any) -> Any:
            self.nodes += 1
            if self.nodes > MAX_NODES:
                raise _TooMuch("the file holds too many values")
            return super().compose_node(parent, index)

    yaml = YAML(typ=sort, pure=True)
    yaml.Composer = Bounded
    return yaml


class _Builder:
    """Turns YAML nodes into plain data, with the line of every key and item."""

    def __init__(self, name: str, faults: Faults):
        self.name, self.faults, self.nodes = name, faults, 0
        self.lines: dict[tuple[str, ...], str] = {}

    def plain(self, top: Any, path: tuple[str, ...]) -> Any:
        """The data of a top node; gives up, with one fault, when it unfolds beyond the bounds."""
        try:
            return self._value(top, path)
        except _TooMuch as error:
            line = (error.node or top).start_mark.line + 1
            self.faults.add(str(error), f"{self.name}:{line}",
                            f"{MAX_NODES} values, {MAX_DEPTH} levels, aliases counted each time")  # fmt: skip
            return None

    def _value(self, node: Any, path: tuple[str, ...]) -> Any:
        """The data of one node."""
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise _TooMuch("the file unfolds into too many values")
        if len(path) > MAX_DEPTH:
            raise _TooMuch("the file is nested too deeply, or an alias holds itself", node)
        here = f"{self.name}:{node.start_mark.line + 1}"
        self.lines.setdefault(path, here)
        kind = (node.tag or "").removeprefix(_CORE)
        if node.id == "mapping" and kind == "map":
            return self._mapping(node, path)
        if node.id == "sequence" and kind == "seq":
            return [self._value(item, (*path, str(i))) for i, item in enumerate(node.value)]
        if node.id == "scalar" and kind in _SCALARS:
            try:
                # The composer marks with a bell where a folded text had its line ends.
                return _SCALARS[kind](node.value.replace("\a", "") if node.style == ">" else node.value)
            except ValueError as error:
                self.faults.add(f"'{shown(node.value)}' is not a value: {error}", here)
                return None
        self.faults.add(
            f"tag '{shown(node.tag)}' is not taken: a case is plain data", here, cure="remove the tag"
        )
        return None

    def _mapping(self, node: Any, path: tuple[str, ...]) -> dict[str, Any]:
        """The data of a mapping; a key given twice is a fault, not the last one's win."""
        data: dict[str, Any] = {}
        for key_node, value_node in node.value:
            here = f"{self.name}:{key_node.start_mark.line + 1}"
            if key_node.id != "scalar" or (key_node.tag or "").removeprefix(_CORE) not in _SCALARS:
                merge = (key_node.tag or "").endswith("merge")
                what = "merge keys (<<) are not taken" if merge else "a key must be a plain word"
                self.faults.add(what, here)
                continue
            key = key_node.value
            if not key or len(key) > 200 or not key.isprintable():
                self.faults.add(f"'{shown(key)}' is not a key", here)
            elif key in data:
                first = self.lines[(*path, key)].rpartition(":")[2]
                self.faults.add(f"key '{shown(key)}' is given twice (first on line {first})", here)
            else:
                self.lines[(*path, key)] = here
                data[key] = self._value(value_node, (*path, key))
        return data


def _text(text: str) -> str:
    """A text that can be printed and written."""
    if bad := unreadable(text):
        raise ValueError(f"it holds the character {bad}, which cannot be printed")
    return text


def _whole(text: str) -> int:
    """A whole number; octal and hexadecimal as in YAML 1.2."""
    digits = text.replace("_", "")
    if len(digits) > MAX_DIGITS:
        raise ValueError("too many digits")
    return int(digits, 0) if digits.lstrip("+-")[:2].lower() in ("0o", "0x", "0b") else int(digits)


def _real(text: str) -> float:
    """A number that is finite."""
    value = float(text.replace("_", "").replace(".inf", "inf").replace(".nan", "nan").lower())
    if value != value or value in (float("inf"), float("-inf")):
        raise ValueError("a number must be finite")
    return value


def _moment(text: str) -> dt.date | str:
    """A date; a date with a time stays text, and the field that gets it decides."""
    return dt.date.fromisoformat(text) if len(text) == len("2022-01-05") else text


#: How each kind of scalar is read. Everything else is refused.
_SCALARS: dict[str, Any] = {
    "str": _text,
    "int": _whole,
    "float": _real,
    "bool": lambda text: text.lower() == "true",
    "null": lambda text: None,
    "timestamp": _moment,
}
