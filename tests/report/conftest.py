"""A small run of the flagship with its report, and a case whose texts try to break out."""

import contextlib
import json

import pytest

from diarchy import cli

BREAKING = "</script><script>alert(1)</script><img src=x onerror=alert(2)>"


@pytest.fixture(scope="session")
def store(tmp_path_factory):
    """The store of a small run of the flagship."""
    out = tmp_path_factory.mktemp("report") / "flagship"
    assert (
        cli.call(["run", "kazakhstan-2022", "-n", "48", "--days", "12", "-j", "1", "-o", str(out), "-q"]) == 0
    )
    return out


@pytest.fixture(scope="session")
def bundle(store):
    """Its bundle."""
    import diarchy
    from diarchy.report.bundle import bundle_of

    return bundle_of(diarchy.open_results(store))


@pytest.fixture(scope="session")
def breaking():
    """A text that tries to break out of where it stands."""
    return BREAKING


@pytest.fixture(scope="session")
def hostile(tmp_path_factory):
    """The store of a case whose title, claims and question are markup."""
    from diarchy.commands.new import write

    folder = tmp_path_factory.mktemp("hostile")
    with contextlib.chdir(folder):
        case = folder / write("case", "tide")
    file = case / "case.yaml"
    text = file.read_text(encoding="utf-8")
    title = next(line for line in text.splitlines() if line.startswith("title:"))
    file.write_text(text.replace(title, f"title: {json.dumps(BREAKING)}"), encoding="utf-8")
    (case / "evidence.csv").write_text(
        "id,speaker,role,paraphrase,kind,verdict,better,source,bears_on\n"
        f'c1,"{BREAKING}",role,"{BREAKING}",fact,confirmed,"{BREAKING}",,wave\n',
        encoding="utf-8",
    )
    out = folder / "store"
    assert cli.call(["run", str(case), "-n", "12", "--days", "6", "-j", "1", "-o", str(out), "-q"]) == 0
    return out
