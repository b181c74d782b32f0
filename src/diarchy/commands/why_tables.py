"""What `diarchy why` says to people: four tables, each headed by what it is and is not."""

from __future__ import annotations

import datetime as dt
import math
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from diarchy.commands.console import Console, columns
from diarchy.questions.wording import in_words, number

#: Days by which signals are told, and how many of each.
TOLD_BY, EACH = (2, 4, 7, 10, 14, 21, 28, 45, 60, 90), 2
#: From this posterior on, what is seen is no sign of the answer but the answer.
SETTLED = 0.99
#: From this standard error on, the sum of all shares says nothing.
UNTOLD = 1.0
#: How many times as much a later look must tell than an earlier one to be told too.
MORE = 1.1


def show(document: Mapping[str, Any], top: int, console: Console) -> None:
    """Print a document of `diarchy why`."""
    answer = document["answer"]
    said = in_words(answer) if answer else "cannot be said"
    _say(f"{document['text']} ({document['question']}), arm {document['arm']}: {said}", console)
    chance = document["unit"] in ("probability", "difference of probabilities")
    _drivers(document["drivers"], top, chance, console)
    _evidence(document["drivers"], top, console)
    if document["drivers"]["why"]:
        about = f"diarchy evidence {document['case'] or 'CASE'} --about {document['question']}"
        _say(f"Who claims what about the answer itself: {about}", console)
    _ablation(document["ablation"], top, chance, console)
    _signals(document["signals"], top, console)


def _say(text: str, console: Console) -> None:
    """A paragraph as wide as the terminal, and an empty line."""
    console.data(textwrap.fill(text, columns()) + "\n")


def _value(value: float | None, chance: bool) -> str:
    """A mean answer, in futures of a hundred where it is a chance."""
    if value is None:
        return "?"
    return f"{100 * value:.0f} in 100" if chance else number(value)


def _share(value: float) -> str:
    """A share in per cent; nothing below 0."""
    return f"{100 * max(value, 0.0):.0f} %"


def _drivers(drivers: Mapping[str, Any], top: int, chance: bool, console: Console) -> None:
    """The assumptions by influence."""
    if drivers["why"]:
        _say(f"What it hangs on cannot be told: {drivers['why']}.", console)
        return
    rows = [
        {
            "assumption": f"{p['parameter']}: {p['meaning']}" if p.get("meaning") else p["parameter"],
            "share": _share(p["share"]) if p["clear"] else "none told",
            "90 %": f"{_share(p['interval'][0])} to {_share(p['interval'][1])}",
            "lowest fifth": _value(p["low"], chance),
            "highest fifth": _value(p["high"], chance),
        }
        for p in drivers["parameters"][:top]
    ]
    title = "assumptions, by the share of the answer's variance that each explains"
    console.table(title, rows, ("assumption",))
    variance = drivers["variance"]
    total = variance["between_draws"] + variance["luck"]
    many = len(drivers["parameters"])
    between, draws = _share(variance["between_draws"] / total), drivers["draws"]
    _say(
        f"\nOf the variance, {between} is between {draws} draws of the assumptions, the rest luck. Shares "
        f"are of the former, one assumption at a time; {_together(drivers)}. Chance alone gives the luckiest "
        f"of {many} up to {_share(drivers['floor'])}: of what stays below, none is told. Fifths: mean answer "
        "where the assumption is lowest and highest.",
        console,
    )


def _together(drivers: Mapping[str, Any]) -> str:
    """What all shares come to, where that can be told."""
    if drivers["explained_error"] >= UNTOLD:
        return "what they come to together cannot be told from so few draws"
    together, error = _share(drivers["explained"]), _share(drivers["explained_error"])
    return (
        f"together they come to {together} +- {error}, and what is missing to the whole takes several at once"
    )


def _evidence(drivers: Mapping[str, Any], top: int, console: Console) -> None:
    """Where better evidence would help most."""
    known = [p for p in drivers["parameters"] if "weakness" in p and p["clear"]]
    known.sort(key=lambda p: -max(p["share"], 0.0) * p["weakness"])
    if known:
        rows = [
            {
                "assumption": p["parameter"],
                "share x weakness": f"{max(p['share'], 0.0) * p['weakness']:.2f}",
                "grade": p["grade"] + (", disputed" if p["disputed"] else ""),
                "rests on": textwrap.shorten(p["evidence"], 90, placeholder=" ..."),
                "claims": ", ".join(p["claims"]),
            }
            for p in known[:top]
        ]
        console.table("where better evidence would help most", rows, ("rests on", "claims"))
        console.data("")
    elif drivers.get("evidence_why"):
        _say(f"The evidence of the assumptions cannot be read: {drivers['evidence_why']}", console)


def _ablation(ablation: Mapping[str, Any], top: int, chance: bool, console: Console) -> None:
    """What each mechanism and lever is worth."""
    if not ablation["worlds"]:
        _say(f"What mechanisms and levers are worth: {ablation['why']}.", console)
        return
    rows = [
        {
            "world": w["arm"],
            "with it": _value(w["with_it"], chance),
            "without": _value(w["without_it"], chance),
            "difference": _signed(w["difference"], chance),
            "90 %": " to ".join(_signed(end, chance) for end in w["interval"] or ()),
            "lacks": w["why"] or w["summary"],
        }
        for w in ablation["worlds"][:top]
    ]
    title = f"worlds that lack one thing, {ablation['futures']:,} futures each with the same luck"
    console.table(title, rows, ("lacks",))
    console.data("")


def _signed(value: float | None, chance: bool) -> str:
    """A difference with its sign; of chances in futures of a hundred."""
    if value is None:
        return ""
    return f"{100 * value:+.1f}" if chance else ("+" if value > 0 else "") + number(value)


def _signals(signals: Mapping[str, Any], top: int, console: Console) -> None:
    """What to look for, by date."""
    for kind, told in (("answers", "whether the answer will be yes"), ("theories", "which theory holds")):
        part = signals.get(kind)
        if not part:
            continue
        rows = [_signal(s, part["prior"], signals.get("start"), kind) for s in _picked(part["signals"], top)]
        console.table(f"what to look for to know sooner {told}", rows, ("look for", "if seen", "if not"))
        hidden = -sum(p * math.log2(p) for p in part["prior"].values() if p > 0)
        _say(
            f"\nBits: how much it is expected to tell of the {hidden:.2f} that are hidden; what shuffled "
            "draws reach is taken off or left out. What settles the matter is left out too.",
            console,
        )


def _picked(signals: Sequence[Mapping[str, Any]], top: int) -> list[Mapping[str, Any]]:
    """The best few of each date, in the order of the dates; waiting must be worth it."""
    picked: list[Mapping[str, Any]] = []
    best: dict[str, float] = {}
    for day in TOLD_BY:
        here = [s for s in signals if s["day"] == day and s["clear"] and not _settled(s)][:EACH]
        for signal in here:
            if signal["information"] > MORE * best.get(signal["question"], 0.0):
                picked.append(signal)
                best[signal["question"]] = signal["information"]
    return picked[:top]


def _settled(signal: Mapping[str, Any]) -> bool:
    """Whether it is the answer itself that is seen, and no sign of it."""
    return max(signal["if_seen"].values()) > SETTLED


def _signal(
    signal: Mapping[str, Any], prior: Mapping[str, float], start: str | None, kind: str
) -> dict[str, str]:
    """One signal as a row."""
    day = f"day {signal['day']:g}"
    if start:
        day = (dt.date.fromisoformat(start) + dt.timedelta(days=signal["day"])).isoformat()
    return {
        "by": day,
        "look for": f"{signal['text']} ({signal['question']})",
        "bits": f"{signal['information']:.2f} +- {signal['error']:.2f}",
        "seen in": f"{100 * signal['chance']:.0f} in 100",
        "if seen": _posterior(signal["if_seen"], prior, kind),
        "if not": _posterior(signal["if_not"], prior, kind),
    }


def _posterior(after: Mapping[str, float], prior: Mapping[str, float], kind: str) -> str:
    """What is believed afterwards: of answers the chance of yes, of theories those that moved most."""
    if kind == "answers":
        return f"yes {100 * after['yes']:.0f} in 100"
    moved = sorted(after, key=lambda name: -abs(after[name] - prior[name]))[:2]
    return ", ".join(f"{name} {100 * prior[name]:.0f} -> {100 * after[name]:.0f}" for name in moved)
