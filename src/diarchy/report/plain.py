"""A bundle as plain HTML: headline answers, tables and a map, for readers without scripts and for printing.

Every text of a case goes through `text`, which leaves nothing that HTML could take for markup.
"""

from __future__ import annotations

import datetime as dt
import html
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

#: Width of the map [px]; its height follows from the outlines.
_WIDTH = 720
_SHADES = 6  # classes of the map, as in the style sheet
_MOST_TELLING = 3
_DATE, _MINUS = re.compile(r"\b\d{4}-\d\d-\d\d\b"), re.compile(r"(?<![^\s(])-(?=\d)")

Bundle = Mapping[str, Any]


def text(value: Any) -> str:
    """A value as HTML text or attribute, whatever it holds."""
    return html.escape(str(value), quote=True)


def plain(bundle: Bundle) -> str:
    """The whole plain part.

    Parameters
    ----------
    bundle : of schema ``diarchy/bundle/1``.

    Returns
    -------
    str : HTML without scripts, styles, links to elsewhere or ids.
    """
    parts = [
        _heading(bundle),
        _answers(bundle),
        _map(bundle),
        _kinds(bundle),
        _events(bundle),
        _differences(bundle),
        _theories(bundle),
        _leverage(bundle),
        _assumptions(bundle),
        _sources(bundle),
        f"<footer><p>{text(citation(bundle))}</p></footer>",
    ]
    return "\n".join(part for part in parts if part)


def citation(bundle: Bundle) -> str:
    """How to cite a result: what, with which version, from which files, with which seed."""
    made = f" ({bundle['created'][:10]})" if bundle["created"] else ""
    digest = f", scenario {bundle['scenario_sha256'][:16]}" if bundle["scenario_sha256"] else ""
    return (
        f"{bundle['title']}{made}: {bundle['futures']:,} futures, seed {bundle['seed']}{digest}. "
        f"Diarchy {bundle['version']}."
    )


def date_of(bundle: Bundle, day: float) -> str:
    """A day of the run as a calendar date; the day's number where the start is not known."""
    try:
        start = dt.date.fromisoformat(bundle["start"])
    except ValueError:
        return f"day {day:g}"
    date = start + dt.timedelta(days=math.floor(day + 1e-9))
    return f"{date.day} {date:%b %Y}"


def worded(value: Any) -> str:
    """A cell as a person writes it: dates in words that keep together, a true minus.

    >>> worded("no, 2022-01-04"), worded("-1.7 to 3"), worded(None)
    ('no, 4\\xa0Jan\\xa02022', '−1.7 to 3', '')
    """
    if value is None:
        return ""
    told = _DATE.sub(lambda found: _in_words(found[0]), str(value))
    return _MINUS.sub("\u2212", told)


def _in_words(iso: str) -> str:
    """An ISO date in words; what only looks like one stays as it is."""
    try:
        date = dt.date.fromisoformat(iso)
    except ValueError:
        return iso
    return f"{date.day}\u00a0{date:%b}\u00a0{date.year}"


def table(head: Sequence[str], rows: Iterable[Sequence[Any]], caption: str = "") -> str:
    """Records as an HTML table; the first cell of a row heads it."""
    lines = ["<table>"]
    if caption:
        lines.append(f"<caption>{text(caption)}</caption>")
    lines.append("<thead><tr>" + "".join(f'<th scope="col">{text(h)}</th>' for h in head) + "</tr></thead>")
    lines.append("<tbody>")
    for row in rows:
        cells = "".join(f"<td>{text(worded(cell))}</td>" for cell in row[1:])
        lines.append(f'<tr><th scope="row">{text(row[0])}</th>{cells}</tr>')
    return "\n".join([*lines, "</tbody></table>"])


def _heading(bundle: Bundle) -> str:
    """What it is, and how it was made."""
    interrupted = "; the run was interrupted" if bundle["interrupted"] else ""
    failed = f"; {bundle['failed']:,} futures failed" if bundle["failed"] else ""
    said = (
        f"{bundle['futures']:,} futures from {date_of(bundle, 0)} to {date_of(bundle, bundle['days'][-1])}, "
        f"seed {bundle['seed']}{interrupted}{failed}."
    )
    lines = (f"<h1>{text(bundle['title'])}</h1>", *(f"<p>{text(t)}</p>" for t in (bundle["summary"], said)))
    return f"<header>{''.join(lines)}</header>"


def _answers(bundle: Bundle) -> str:
    """Every answer of base and variants, with its error bars, the outside view and what happened."""
    found = []
    asked = bundle["questions"]
    for arm in bundle["arms"]:
        if arm["kind"] == "hypothesis":  # told by the bar for structure
            continue
        rows = [
            (asked[a["id"]]["text"], _with_note(a), _bar(a, "luck"), _bar(a, "parameters"),
             _bar(a, "structure"), asked[a["id"]]["said"]["outside"], asked[a["id"]]["said"]["happened"])
            for a in bundle["answers"] if a["arm"] == arm["id"]
        ]  # fmt: skip
        if rows:
            head = ("question", "answer", "luck", "parameters", "structure", "outside view", "happened")
            found.append(table(head, rows, f"{arm['id']}: {arm['summary']}"))
    note = (
        "Ranges are 90 %. Luck: what so few futures leave open. Parameters: where the answer lies over what "
        "the priors allow. Structure: between rival hypotheses, where there are any."
    )
    return f"<section><h2>Answers</h2><p>{text(note)}</p>{''.join(found)}</section>" if found else ""


def _with_note(answer: Mapping[str, Any]) -> str:
    """An answer and what a reader should know of it."""
    return (
        f"{answer['said']['answer']} ({answer['note']})" if answer.get("note") else answer["said"]["answer"]
    )


def _bar(answer: Mapping[str, Any], name: str) -> str:
    """One error bar in words."""
    said = answer["said"][name]
    return "" if said == "none" else said


def _kinds(bundle: Bundle) -> str:
    """Kinds of futures, and what tells each."""
    if not bundle["kinds"]:
        return ""
    rows = []
    for kind in bundle["kinds"]:
        told = [f"{t['text']} {_amount(t, 'here')}, of all {_amount(t, 'all')}" for t in kind["telling"]]
        rows.append((kind["label"], f"{100 * kind['share']:.0f} in 100", "; ".join(told[:_MOST_TELLING])))
    return f"<section><h2>Kinds of futures</h2>{table(('kind', 'futures', 'told by'), rows)}</section>"


def _amount(told: Mapping[str, Any], key: str) -> str:
    """An answer within a kind."""
    value = told[key]
    return f"{100 * value:.0f} in 100" if told["unit"] == "probability" else f"{value:,.4g} {told['unit']}"


def _events(bundle: Bundle) -> str:
    """Events of the first arm in the order in which they come."""
    arm = bundle["arms"][0]["id"]
    rows = [
        (e["text"], f"{100 * e['share']:.0f} in 100",
         "" if e["median_day"] is None else date_of(bundle, e["median_day"]),
         "" if e["q05"] is None else f"{date_of(bundle, e['q05'])} to {date_of(bundle, e['q95'])}")
        for e in bundle["events"].get(arm, ())
    ]  # fmt: skip
    if not rows:
        return ""
    head = ("event", "futures", "middle day, where it happens", "90 % of those days")
    return f"<section><h2>Events</h2>{table(head, rows)}</section>"


def _differences(bundle: Bundle) -> str:
    """What other arms change, where it is clear."""
    texts = {name: asked["text"] for name, asked in bundle["questions"].items()}
    rows = [
        (texts.get(d["id"], d["id"]), d["arm"], _signed(d, d["value"]),
         " to ".join(_signed(d, end) for end in d["interval"] or ()), d["n"])
        for d in bundle["differences"] if d["clear"] and "from" not in d
    ]  # fmt: skip
    if not rows:
        return ""
    head = ("question", "arm minus base", "difference", "90 %", "pairs of futures")
    return f"<section><h2>What other arms change</h2>{table(head, rows)}</section>"


def _theories(bundle: Bundle) -> str:
    """The chance of each event under the base and under each rival hypothesis."""
    arms = [arm["id"] for arm in bundle["arms"] if arm["kind"] != "variant"]
    if len(arms) < 2:
        return ""
    asked = bundle["questions"]
    by = {(a["arm"], a["id"]): a for a in bundle["answers"] if not a.get("minus_arm")}
    rows = [
        (asked[name]["text"], *(_hundred(by.get((other, name))) for other in arms), _bar(answer, "structure"))
        for (arm, name), answer in by.items() if arm == arms[0] and answer["kind"] == "probability"
    ]  # fmt: skip
    head = ("question", *arms, "structure")
    return f"<section><h2>Hypotheses side by side, in 100 futures</h2>{table(head, rows)}</section>"


def _hundred(answer: Mapping[str, Any] | None) -> str:
    """A chance in 100 futures; empty where none is known."""
    return "" if answer is None or answer["value"] is None else f"{100 * answer['value']:.0f}"


def _leverage(bundle: Bundle) -> str:
    """Who can block how much of what all earn by the routes, as it is and in each what-if."""
    worlds = (bundle["leverage"] or {}).get("worlds") or []
    if not worlds:
        return ""
    shares = [{o["owner"]: o["share"] for o in world["owners"]} for world in worlds]
    rows = [
        (o.get("name") or o["owner"], *(f"{100 * (of.get(o['owner']) or 0.0):.0f} %" for of in shares))
        for o in sorted(worlds[0]["owners"], key=lambda o: -(o["share"] or 0.0))
    ]
    head = ("owner", *(world["world"] for world in worlds))
    caption = "Shares of what all earn together (Shapley value)"
    return f"<section><h2>Who can block how much</h2>{table(head, rows, caption)}</section>"


def _signed(one: Mapping[str, Any], value: float | None) -> str:
    """A difference; of chances in 100 futures."""
    if value is None:
        return "?"
    return f"{100 * value:+.1f} in 100" if one["unit"] == "probability" else f"{value:+,.4g} {one['unit']}"


def _assumptions(bundle: Bundle) -> str:
    """Every assumption with its tag and reason."""
    if not bundle["assumptions"]:
        return ""
    rows = [
        (a["name"], a["doc"], "; ".join(dict.fromkeys(a["arms"].values())), a["unit"], a["tag"],
         ", ".join([*a["sources"], *([a["evidence"]] if a["evidence"] else [])]))
        for a in bundle["assumptions"]
    ]  # fmt: skip
    head = ("assumption", "meaning", "value or prior", "unit", "tag", "source or reason")
    return f"<section><h2>Assumptions</h2>{table(head, rows)}</section>"


def _sources(bundle: Bundle) -> str:
    """What the case rests on."""
    if not bundle["sources"]:
        return ""
    rows = [
        (key, s.get("title", ""), s.get("url", ""), s.get("confidence", ""))
        for key, s in bundle["sources"].items()
    ]
    return f"<section><h2>Sources</h2>{table(('key', 'title', 'address', 'confidence'), rows)}</section>"


def _map(bundle: Bundle) -> str:
    """The first measure on the day on which it is highest, as a map of six shades, and as a table."""
    found = peak(bundle)
    if found is None:
        return ""
    now, title = found.values, found.title
    ranked = sorted(bundle["places"], key=lambda p: -(now.get(p["id"]) or 0))
    rows = [(p["label"], now.get(p["id"])) for p in ranked]
    drawn = _outlines(bundle, now, title) if bundle["map"] else ""
    return f"<section><h2>By place</h2>{drawn}{table(('place', found.unit), rows, title)}</section>"


@dataclass(frozen=True)
class Peak:
    """The first measure by place, on the day on which it is highest.

    Parameters
    ----------
    values : place -> value [unit].
    unit, title : of what; what and when, in words.
    """

    values: Mapping[str, Any]
    unit: str
    title: str


def peak(bundle: Bundle) -> Peak | None:
    """What a still picture of the places shows; None where nothing is known by place."""
    arm, places = bundle["arms"][0]["id"], bundle["places"]
    if not places or not bundle["measures"]:
        return None
    measure = bundle["measures"][0]
    values = bundle["by_place"].get(arm, {}).get(measure["id"])
    if not values:
        return None
    at = max(range(len(values)), key=lambda t: sum(v or 0 for v in values[t]))
    unit = "in 100 futures" if measure["kind"] in ("share", "level") else measure["unit"]
    now = dict(zip((p["id"] for p in places), values[at], strict=False))
    return Peak(now, unit, f"{measure['text']}, {date_of(bundle, bundle['days'][at])}")


def _outlines(bundle: Bundle, now: Mapping[str, Any], title: str) -> str:
    """The outlines as SVG, north up, shrunk east to west by the middle latitude."""
    shapes = {f["id"]: _rings(f["geometry"]) for f in bundle["map"]["geojson"]["features"]}
    points = [point for rings in shapes.values() for ring in rings for point in ring]
    if not points:
        return ""
    west, east = min(p[0] for p in points), max(p[0] for p in points)
    south, north = min(p[1] for p in points), max(p[1] for p in points)
    shrink = math.cos(math.radians((south + north) / 2))
    scale = _WIDTH / max((east - west) * shrink, 1e-9)
    most = max([v for v in now.values() if v] or [1])

    def at(lon: float, lat: float) -> str:
        return f"{(lon - west) * shrink * scale:.1f},{(north - lat) * scale:.1f}"

    lines = []
    markers = set(bundle["map"]["markers"])
    for place in bundle["places"]:
        value = now.get(place["id"]) or 0
        label = f"<title>{text(place['label'])}: {text(value)}</title>"
        shade = f"s{min(_SHADES - 1, math.floor(_SHADES * value / most))}"
        if place["id"] in markers and place["lon"] is not None and place["lat"] is not None:
            x, y = at(place["lon"], place["lat"]).split(",")
            lines.append(f'<circle class="{shade}" cx="{x}" cy="{y}" r="7">{label}</circle>')
        elif place["id"] in shapes:
            rings = ("M" + "L".join(at(*p[:2]) for p in ring) + "Z" for ring in shapes[place["id"]])
            lines.insert(0, f'<path class="{shade}" d="{"".join(rings)}">{label}</path>')
    height = (north - south) * scale
    credit = " ".join(filter(None, (bundle["map"]["credit"] + ".", bundle["map"]["note"])))
    return (
        f'<figure><svg viewBox="0 0 {_WIDTH} {height:.0f}" role="img" aria-label="{text(title)}">'
        f"{''.join(lines)}</svg><figcaption>{text(title)}. {text(credit)}</figcaption></figure>"
    )


def _rings(geometry: Mapping[str, Any]) -> list[Any]:
    """The rings of a polygon or of several."""
    parts = geometry["coordinates"]
    return list(parts) if geometry["type"] == "Polygon" else [ring for polygon in parts for ring in polygon]
