"""The ODD description of a model: overview, design concepts, details, in the seven elements of the protocol.

References
----------
grimm2020
"""

from __future__ import annotations

from collections.abc import Iterable

from diarchy import describe
from diarchy.describe import Records, Setting
from diarchy.mechanism import Mechanism
from diarchy.model import Arm, Model


def odd(model: Model, setting: Setting, arm_name: str = "base") -> str:
    """The description as Markdown, generated from the declarations, the case and its questions.

    Parameters
    ----------
    model : the wired model.
    setting : what the case says of itself.
    arm_name : the arm to describe.
    """
    arm = model.arms[arm_name]
    parts = [
        f"# ODD: {setting.title}",
        "Overview, design concepts and details of the model as it runs, after Grimm et al. (2020). Generated "
        "from the declarations of the mechanisms, the case and its questions.",
        _purpose(setting),
        _entities(model, arm),
        _process(model, arm),
        _concepts(arm, setting),
        _initialization(arm, setting),
        _input(arm, setting),
        _submodels(arm, setting),
    ]
    return "\n\n".join(parts) + "\n"


def markdown_table(rows: Records) -> str:
    """Records as a Markdown table."""
    if not rows:
        return "None."
    head = list(rows[0])
    lines = ["| " + " | ".join(h.replace("_", " ") for h in head) + " |", "|" + " --- |" * len(head)]
    lines += ["| " + " | ".join(_cell(row[h]) for h in head) + " |" for row in rows]
    return "\n".join(lines)


def _cell(value: object) -> str:
    """A value inside a Markdown table."""
    text = ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
    return text.replace("|", "\\|").replace("\n", " ")


def _bullets(lines: Iterable[str], none: str = "None.") -> str:
    """Lines as a list, or a word for none."""
    return "\n".join(f"- {line}" for line in lines) or none


def _purpose(setting: Setting) -> str:
    """Element 1."""
    return "\n\n".join(
        [
            "## 1. Purpose and patterns",
            setting.summary or setting.title,
            "The purpose is prediction and explanation: probabilities, with error bars, for these questions.",
            _bullets(
                (f"{text} (`{key}`)" for key, text in setting.questions.items()), "No questions are asked."
            ),
            "The patterns by which the model is judged are the resolved answers to the same questions, kept "
            "for scoring only: none of them is an input.",
        ]
    )


def _entities(model: Model, arm: Arm) -> str:
    """Element 2."""
    calendar = model.calendar
    own = {axis: n for axis, n in arm.sizes.items() if axis not in arm.coordinates}
    axes = [f"{axis}: {len(labels)} ({', '.join(labels)})" for axis, labels in arm.coordinates.items()]
    axes += [f"{axis}: {n} (of a mechanism's own)" for axis, n in own.items()]
    return "\n\n".join(
        [
            "## 2. Entities, state variables, and scales",
            "Entities, each laid out along a labelled axis:",
            _bullets(axes),
            f"Time: steps of {calendar.step * 24:g} hours, {calendar.steps} of them, from {calendar.start} "
            f"({calendar.step * calendar.steps:g} days).",
            "State variables that others may read:",
            markdown_table(describe.states(arm)),
        ]
    )


def _process(model: Model, arm: Arm) -> str:
    """Element 3."""
    names = ", ".join(m.name for m in arm.mechanisms)
    return "\n\n".join(
        [
            "## 3. Process overview and scheduling",
            "Everybody reads yesterday; then each owner settles its own today. In each step:",
            "1. every inlet is emptied;\n2. every mechanism pushes to others' inlets, from the states at the "
            "start of the step;\n3. every mechanism sets its own states for the end of the step, from the "
            "states at its start and what was pushed to it;\n4. states are checked to be finite and within "
            "bounds.",
            f"The order among the mechanisms ({names}) cannot matter. An effect takes one step "
            f"({model.calendar.step * 24:g} hours) to travel from one mechanism to the next.",
            markdown_table(describe.mechanisms(arm)),
        ]
    )


def _concepts(arm: Arm, setting: Setting) -> str:
    """Element 4, with its sub-elements in the protocol's order."""
    lines = describe.wires(arm)
    reads = [f"{w.target} sees {w.port}" for w in lines if w.kind == describe.READS]
    pushes = [f"{w.source} acts on {w.port}" for w in lines if w.kind == describe.PUSHES]
    draws = [f"{m.name}.{d.name}" for m in arm.mechanisms for d in m.draws]
    axes = ", ".join(arm.coordinates)
    theory = [
        f"{m.name}: {m.doc}" + (f" ({', '.join(m.references)})" if m.references else "")
        for m in arm.mechanisms
    ]
    concepts = {
        "Basic principles": "Each mechanism stands for one published or stated theory:\n\n"
        + _bullets(theory),
        "Emergence": "Every answer emerges: no question refers to a parameter, only to states, and no "
        "state's path is imposed. What is imposed are the facts under Input data.",
        "Adaptation": "As each submodel says (element 7); decisions are made anew in each step from what "
        "is then seen.",
        "Objectives": "As each submodel says (element 7).",
        "Learning": "No mechanism changes its own rules or parameters within a future.",
        "Prediction": "As each submodel says (element 7); nobody foresees the model's own future states.",
        "Sensing": "Exactly these states are seen by others, as they were at the start of the step:\n\n"
        + _bullets(reads),
        "Interaction": "Exactly these influences act, through inlets:\n\n" + _bullets(pushes),
        "Stochasticity": "Uniforms keyed by seed, stream, future, step and slot, shared between arms "
        "(common random numbers), in the streams:\n\n" + _bullets(draws),
        "Collectives": f"Those along the axes ({axes}); members of one cell are exchangeable.",
        "Observation": f"{len(setting.questions)} questions are read off recorded states, at every step.",
    }
    return "\n\n".join(
        ["## 4. Design concepts", *(f"### {name}\n\n{text}" for name, text in concepts.items())]
    )


def _initialization(arm: Arm, setting: Setting) -> str:
    """Element 5."""
    declared, computed = [], []
    for m in arm.mechanisms:
        for s in m.states:
            if s.initial is None:
                computed.append(f"{m.name}.{s.name}")
            else:
                first = s.levels[int(s.initial)] if s.levels else f"{s.initial:g} {s.unit}"
                declared.append(f"{m.name}.{s.name}: {first}")
    worlds = [f"{name}: {text}" for name, text in setting.variants.items()]
    return "\n\n".join(
        [
            "## 5. Initialization",
            "Each future draws its parameters from the priors listed under Submodels. States that start "
            "alike in all futures:",
            _bullets(declared),
            "States computed at the start from parameters and facts:",
            _bullets(computed),
            "Variants and rival hypotheses:",
            _bullets(worlds, "None."),
        ]
    )


def _input(arm: Arm, setting: Setting) -> str:
    """Element 6."""
    sources = [f"{key}: {text}" for key, text in setting.sources.items()]
    return "\n\n".join(
        [
            "## 6. Input data",
            "Facts of the case, the same in every future; no time series of outcomes is an input.",
            markdown_table(describe.facts(arm, setting)),
            "Sources:",
            _bullets(sources),
        ]
    )


def _submodels(arm: Arm, setting: Setting) -> str:
    """Element 7."""
    parts = ["## 7. Submodels"]
    rows = describe.parameters(arm, setting)
    for m in arm.mechanisms:
        own = [row for row in rows if row["parameter"].startswith(f"{m.name}.")]
        parts += [
            f"### {m.name}",
            f"```text\n{describe.methods(m)}\n```",
            "Parameters:",
            markdown_table(own),
            _references(m),
        ]
    return "\n\n".join(parts)


def _references(mechanism: Mechanism) -> str:
    """The references of a submodel."""
    return f"References: {', '.join(mechanism.references) or 'none'}."
