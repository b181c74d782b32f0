"""Save a classic's figure; the only door to matplotlib, which is the extra `figures`."""

from __future__ import annotations

from pathlib import Path

from diarchy.classics.frame import Classic
from diarchy.errors import DiarchyError, Fault, Faults
from diarchy.places import why_no_file, why_unwritable

FORMATS = (".png", ".svg")
SIZE, DOTS = (8.0, 4.5), 150  # inches; dots an inch of a png
#: So that the same figure is the same file: ids of an svg hash from this, and no date is written.
SALT = "diarchy"


class FigureError(DiarchyError):
    """A figure cannot be drawn or saved as asked."""

    phase = "drawing the figure"


def check_place(path: Path) -> None:
    """Refuse a place or a machine where no figure can be saved, before anything is computed."""
    faults = Faults(FigureError)
    if path.suffix.lower() not in FORMATS:
        faults.add(f"'{path.name}' is of no kind that can be drawn", allowed=", ".join(FORMATS))
    if not path.parent.is_dir():
        faults.add(f"there is no folder '{path.parent}'", cure="make it first")
    elif why := why_unwritable(path.parent):
        faults.add(f"the folder '{path.parent}' cannot be written: {why}", cure="choose another")
    if wrong := why_no_file(path):
        faults.add(f"'{path}' {wrong}", cure="name a file with --figure")
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        faults.add("figures need matplotlib", cure="`pip install 'diarchy[figures]'` brings it")
    faults.raise_if_any()


def save(classic: Classic, path: Path) -> None:
    """Draw a classic's figure into a png or svg file.

    Raises
    ------
    FigureError : no matplotlib, an unknown kind of file, or no place to write to.
    """
    check_place(path)
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context({"svg.hashsalt": SALT, "axes.spines.top": False, "axes.spines.right": False}):
        figure = Figure(figsize=SIZE, dpi=DOTS, layout="constrained")
        classic.figure(figure)
        metadata = {"Date": None} if path.suffix.lower() == ".svg" else {"Software": None}
        try:
            figure.savefig(path, metadata=metadata)
        except OSError as error:
            raise FigureError([Fault(f"'{path}' cannot be written: {error.strerror}")]) from error
