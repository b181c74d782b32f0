"""A wired model in words: tables, the graph of who reads and pushes what, and an ODD description.

Everything is taken from the declarations of the mechanisms, the case and its questions, so that the
description cannot drift from what runs.

References
----------
grimm2020
"""

from __future__ import annotations

import hashlib
import inspect
import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from diarchy.mechanism import Mechanism
from diarchy.model import Arm, Model

Records = list[dict[str, Any]]
#: The kinds of line between mechanisms: who learns what, and who acts on whom.
READS, PUSHES = "reads", "pushes"


@dataclass(frozen=True)
class Setting:
    """What a case says about itself, beside its numbers.

    Parameters
    ----------
    title, summary : the case in a line, and in a paragraph.
    questions : question -> its text.
    sources : key -> what it is.
    fact_sources : qualified fact -> where its value comes from, in words.
    prior_sources : qualified parameter -> where a scenario's own prior comes from, in words.
    variants : arm -> what it changes.
    """

    title: str
    summary: str = ""
    questions: Mapping[str, str] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
    fact_sources: Mapping[str, str] = field(default_factory=dict)
    prior_sources: Mapping[str, str] = field(default_factory=dict)
    variants: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Wire:
    """One line between two mechanisms: `kind` is how, `port` the qualified state or inlet."""

    source: str
    target: str
    kind: str
    port: str


def mechanisms(arm: Arm) -> Records:
    """One record a mechanism: what it is, and how much of everything it declares."""
    return [
        {
            "mechanism": m.name,
            "what": m.doc,
            "states": len(m.states),
            "parameters": len(m.parameters),
            "facts": len(m.facts),
            "fastest_days": m.timescale,
            "version": m.version,
        }
        for m in arm.mechanisms
    ]


def states(arm: Arm) -> Records:
    """One record a state that can be read: axes, unit or levels, bounds, meaning."""
    return [
        {
            "state": name,
            "by": list(s.dims),
            "unit": " / ".join(s.levels) or s.unit,
            "bounds": "" if s.levels else bounds(s.lower, s.upper),
            "meaning": s.doc,
        }
        for name, s in arm.states().items()
    ]


def parameters(arm: Arm, setting: Setting) -> Records:
    """One record a parameter: unit, bounds, prior, meaning, and where the prior comes from."""
    return [
        {
            "parameter": name,
            "unit": p.unit,
            "bounds": bounds(p.lower, p.upper),
            "prior": str(arm.priors[name]),
            "meaning": p.doc,
            "evidence": setting.prior_sources.get(name) or str(p.evidence),
        }
        for name, p in arm.parameters().items()
    ]


def facts(arm: Arm, setting: Setting) -> Records:
    """One record a fact of the case: axes, unit, range of its values, meaning, and where they come from."""
    found = []
    for m in arm.mechanisms:
        for fact in m.facts:
            name = f"{m.name}.{fact.name}"
            source = setting.fact_sources.get(name) or ("default" if fact.default is not None else "")
            found.append(
                {
                    "fact": name,
                    "by": list(fact.dims),
                    "unit": fact.unit,
                    "values": _spread(np.asarray(arm.facts[name])),
                    "meaning": fact.doc,
                    "source": source,
                }
            )
    return found


def wires(arm: Arm) -> list[Wire]:
    """Who reads whose states and who pushes to whose inlets; only lines whose other end is there."""
    found = []
    for m in arm.mechanisms:
        for read in m.reads:
            owner = read.name.partition(".")[0]
            if arm.has(owner):
                found.append(Wire(owner, m.name, READS, read.name))
        for push in m.pushes:
            receiver = push.name.partition(".")[0]
            if arm.has(receiver):
                found.append(Wire(m.name, receiver, PUSHES, push.name))
    return sorted(found, key=lambda w: (w.source, w.target, w.kind, w.port))


def bounds(lower: float, upper: float) -> str:
    """An interval in words; nothing where it has no end on either side.

    >>> bounds(0, math.inf), bounds(0, 1), bounds(-math.inf, math.inf)
    ('0 or more', '0 to 1', '')
    """
    if math.isinf(lower) and math.isinf(upper):
        return ""
    if math.isinf(upper):
        return f"{lower:g} or more"
    return f"{upper:g} or less" if math.isinf(lower) else f"{lower:g} to {upper:g}"


def _spread(values: np.ndarray) -> str:
    """The value of a fact, or the range over its cells."""
    if not values.size:
        return "none"
    low, high = float(values.min()), float(values.max())
    return f"{low:.6g}" if low == high else f"{low:.4g} to {high:.4g}"


def graph_text(arm: Arm) -> str:
    """The graph as lines of text, one a pair of mechanisms and kind."""
    lines = []
    for (source, target, kind), ports in _pairs(arm).items():
        # A reader learns from the owner, a pusher acts on the receiver: influence goes from source to target.
        verb = f"is read by {target}" if kind == READS else f"pushes to {target}"
        lines.append(f"{source} {verb}: {', '.join(p.partition('.')[2] for p in ports)}")
    return "\n".join(lines)


def graph_dot(arm: Arm) -> str:
    """The graph for Graphviz: solid lines push, dashed lines are read."""
    lines = ["digraph model {", "  rankdir=LR;", "  node [shape=box];"]
    lines += [f'  "{m.name}";' for m in arm.mechanisms]
    for (source, target, kind), ports in _pairs(arm).items():
        label = "\\n".join(p.partition(".")[2] for p in ports)
        style = "dashed" if kind == READS else "solid"
        lines.append(f'  "{source}" -> "{target}" [label="{label}", style={style}];')
    return "\n".join([*lines, "}"])


def graph_mermaid(arm: Arm) -> str:
    """The graph for Mermaid: solid lines push, dotted lines are read."""
    lines = ["graph LR", *(f"  {m.name}[{m.name}]" for m in arm.mechanisms)]
    for (source, target, kind), ports in _pairs(arm).items():
        label = "<br/>".join(p.partition(".")[2] for p in ports)
        arrow = f'-. "{label}" .->' if kind == READS else f'-- "{label}" -->'
        lines.append(f"  {source} {arrow} {target}")
    return "\n".join(lines)


def _pairs(arm: Arm) -> dict[tuple[str, str, str], list[str]]:
    """Ports by (source, target, kind)."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for wire in wires(arm):
        found.setdefault((wire.source, wire.target, wire.kind), []).append(wire.port)
    return found


def document(model: Model, setting: Setting, arm_name: str = "base") -> dict[str, Any]:
    """The whole description as plain data, for ``--json``."""
    arm, calendar = model.arms[arm_name], model.calendar
    return {
        "title": setting.title,
        "start": calendar.start.isoformat(),
        "days": calendar.step * calendar.steps,
        "step_days": calendar.step,
        "axes": {axis: list(labels) for axis, labels in arm.coordinates.items()},
        "arms": {name: setting.variants.get(name, "") for name in model.arms},
        "mechanisms": mechanisms(arm),
        "states": states(arm),
        "parameters": parameters(arm, setting),
        "facts": facts(arm, setting),
        "wires": [vars(wire) for wire in wires(arm)],
        "questions": dict(setting.questions),
    }


def assumptions(model: Model) -> dict[str, dict[str, str]]:
    """All that can differ between runs of a case, as text: arm -> name -> prior, fact, version or setting.

    A fact with many cells is told by a digest, so that a change shows without its numbers.
    """
    calendar = model.calendar
    settings = {
        "run.start": calendar.start.isoformat(),
        "run.days": f"{calendar.step * calendar.steps:g}",
        "run.step": f"{calendar.step:g} day",
    }
    return {
        name: {
            **settings,
            **{f"mechanism {m.name}": f"version {m.version}" for m in arm.mechanisms},
            **{key: str(prior) for key, prior in arm.priors.items()},
            **{key: _told(np.asarray(values, dtype=float)) for key, values in arm.facts.items()},
        }
        for name, arm in model.arms.items()
    }


def _told(values: np.ndarray) -> str:
    """A fact in a word: its value, or its range and a digest of its cells."""
    if values.size == 1:
        return _spread(values)
    digest = hashlib.blake2b(np.ascontiguousarray(values).tobytes(), digest_size=4).hexdigest()
    return f"{_spread(values)} (digest {digest})"


def methods(mechanism: Mechanism) -> str:
    """A mechanism's own methods section: the docstring of its file, or else its one sentence."""
    text = inspect.getdoc(sys.modules[mechanism.settle.__module__])
    return text or mechanism.doc
