"""Figures for papers: answers with their error bars, fans, and the map."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from diarchy.errors import Fault, ResultsError
from diarchy.report.plain import citation, date_of

Bundle = Mapping[str, Any]

_BLUE, _HALF, _NINE, _BROWN, _GREEN = "#0a5ca8", "#8fb8dc", "#cfe0ef", "#8a5a00", "#1a6b3c"
_INCH_A_ROW, _WIDTH = 0.36, 7.2  # [inch]: a column and a half of a journal
_WRAP = 52  # characters of a question on one line
_DPI = 200
_MOST_FANS = 6


def draw(bundle: Bundle, folder: Path, formats: Sequence[str]) -> list[Path]:
    """Draw all figures of a bundle.

    Parameters
    ----------
    bundle : of schema ``diarchy/bundle/1``.
    folder : where to; made when it is not there.
    formats : 'png', 'svg', 'pdf'.

    Returns
    -------
    list of Path : the files written.

    Raises
    ------
    ResultsError : matplotlib is missing, or a file cannot be written.
    """
    try:
        import matplotlib
    except ImportError as error:
        cure = "pip install 'diarchy[figures]'"
        raise ResultsError([Fault("figures need matplotlib, which is not installed", cure=cure)]) from error
    settings: Any = {
        "font.size": 8,
        "svg.hashsalt": "diarchy",
        "svg.fonttype": "none",
        "axes.spines.right": False,
        "axes.spines.top": False,
        "figure.constrained_layout.use": True,
    }
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with matplotlib.rc_context(settings):
            for name, make in _FIGURES.items():
                figure = make(bundle)
                if figure is None:
                    continue
                figure.text(0.01, -0.01, citation(bundle), fontsize=5.5, color="#57606a", va="top")
                for form in formats:
                    path = folder / f"{name}.{form}"
                    stamp = (
                        {"Date": None} if form == "svg" else {"CreationDate": None} if form == "pdf" else {}
                    )
                    figure.savefig(path, dpi=_DPI, bbox_inches="tight", metadata=stamp)
                    written.append(path)
    except OSError as error:
        what = f"cannot be written: {error.strerror or error}"
        raise ResultsError([Fault(what, str(folder), cure="choose another place with --out")]) from error
    return written


def _answers(bundle: Bundle) -> Any:
    """Every chance of the first arm with its error bars, base rate and outcome."""
    from matplotlib.figure import Figure

    arm = bundle["arms"][0]["id"]
    chances = [a for a in bundle["answers"]
               if a["arm"] == arm and a["kind"] == "probability" and a["value"] is not None]  # fmt: skip
    if not chances:
        return None
    figure = Figure(figsize=(_WIDTH, 0.9 + _INCH_A_ROW * len(chances)))
    axes = figure.subplots()
    for row, answer in enumerate(reversed(chances)):
        for bar, colour, width in (
            ("parameter", _NINE, 6),
            ("structural", "#f5d9ab", 4),
            ("monte_carlo", _HALF, 9),
        ):
            ends = answer["interval"].get(bar)
            if ends and None not in ends:
                axes.plot([100 * e for e in ends], [row, row], color=colour, lw=width, solid_capstyle="butt")
        axes.plot(100 * answer["value"], row, "o", color=_BLUE, ms=4.5, zorder=5)
        asked = bundle["questions"][answer["id"]]
        if asked["outside"]:
            axes.plot(100 * asked["outside"]["value"], row, "D", mfc="white", mec=_BROWN, ms=5, zorder=4)
        if asked["resolved"]:
            axes.plot(100 * asked["resolved"]["value"], row + 0.28, "v", color=_GREEN, ms=4.5, zorder=6)
    axes.set_yticks(
        range(len(chances)),
        [textwrap.fill(bundle["questions"][a["id"]]["text"], _WRAP) for a in reversed(chances)],
    )
    axes.set_xlim(-2, 102)
    axes.set_xlabel(
        "in 100 futures (dot: answer; dark: luck; light: parameters; diamond: base rate; triangle: happened)"
    )
    axes.set_title(bundle["title"], loc="left", fontweight="bold")
    return figure


def _fans(bundle: Bundle) -> Any:
    """The first fans of the first arm."""
    from matplotlib.figure import Figure

    found = list(bundle["series"].get(bundle["arms"][0]["id"], {}).values())[:_MOST_FANS]
    if not found:
        return None
    figure = Figure(figsize=(_WIDTH, 2.1 * -(-len(found) // 2)))
    grid = figure.subplots(-(-len(found) // 2), 2, squeeze=False).ravel()
    days = bundle["days"]
    for axes, fan in zip(grid, found, strict=False):
        axes.fill_between(days, fan["q05"], fan["q95"], color=_NINE, lw=0)
        axes.fill_between(days, fan["q25"], fan["q75"], color=_HALF, lw=0)
        axes.plot(days, fan["q50"], color=_BLUE, lw=1.2)
        if max(fan["q95"]) > 30 * max(1, max(fan["q50"])):
            axes.set_yscale("symlog")
        axes.set_title(fan["doc"], loc="left", fontsize=8)
        axes.set_ylabel("" if fan["unit"] == "1" else fan["unit"])
    for axes in grid[len(found) :]:
        axes.remove()
    figure.supxlabel(
        f"days since {date_of(bundle, 0)}; median, half and nine tenths of the futures", fontsize=8
    )
    return figure


def _map(bundle: Bundle) -> Any:
    """The first measure of the map on the day on which it is highest."""
    from matplotlib.figure import Figure
    from matplotlib.patches import Polygon

    arm = bundle["arms"][0]["id"]
    if not bundle["map"] or not bundle["measures"] or not bundle["places"]:
        return None
    measure = bundle["measures"][0]
    values = bundle["by_place"][arm].get(measure["id"])
    if not values:
        return None
    at = max(range(len(values)), key=lambda t: sum(v or 0 for v in values[t]))
    now = {p["id"]: v or 0 for p, v in zip(bundle["places"], values[at], strict=True)}
    most = max(max(now.values()), 1)
    figure = Figure(figsize=(_WIDTH, 4.2))
    axes = figure.subplots()
    colours = _ramp()
    for feature in bundle["map"]["geojson"]["features"]:
        shape = feature["geometry"]
        parts = [shape["coordinates"]] if shape["type"] == "Polygon" else shape["coordinates"]
        for part in parts:
            axes.add_patch(Polygon(part[0], fc=colours(now[feature["id"]] / most), ec="white", lw=0.7))
    for place in bundle["places"]:
        if place["marker"] and place["lon"] is not None:
            face = colours(now[place["id"]] / most)
            axes.plot(place["lon"], place["lat"], "o", mfc=face, mec="white", mew=1.2, ms=9)
    latitudes = [p["lat"] for p in bundle["places"] if p["lat"] is not None]
    axes.set_aspect(1 / _cos(sum(latitudes) / max(1, len(latitudes))))
    axes.autoscale_view()
    axes.axis("off")
    unit = "in 100 futures" if measure["kind"] in ("share", "level") else measure["unit"]
    day = date_of(bundle, bundle["days"][at])
    axes.set_title(f"{measure['text']}, {day} (darkest: {most:,.0f} {unit})", loc="left", fontsize=8)
    axes.text(0, -0.02, f"{bundle['map']['credit']}. {bundle['map']['note']}", transform=axes.transAxes,
              fontsize=5.5, color="#57606a", va="top", wrap=True)  # fmt: skip
    return figure


def _ramp() -> Any:
    """The colours of the map, pale to dark."""
    from matplotlib.colors import LinearSegmentedColormap

    stops = ["#f4ecdf", "#f5d9ab", "#f0a763", "#d9583b", "#7d1424"]
    return LinearSegmentedColormap.from_list("diarchy", stops)


def _cos(latitude: float) -> float:
    """How much shorter a degree is east to west than north to south."""
    import math

    return max(0.05, math.cos(math.radians(latitude)))


_FIGURES: dict[str, Callable[[Bundle], Any]] = {"answers": _answers, "fans": _fans, "map": _map}
