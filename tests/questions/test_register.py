"""Every word of the closed lists has a test that names it."""

import re
from pathlib import Path

import pytest

from diarchy.questions.events import EVENTS
from diarchy.questions.measures import MEASURES
from diarchy.questions.question import FIELDS
from diarchy.questions.series import CONDITIONS, SERIES

NAMES = [
    name
    for file in Path(__file__).parent.glob("test_*.py")
    for name in re.findall(r"def (test_\w+)", file.read_text("utf-8"))
]


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        *(("event", word) for word in EVENTS),
        *(("condition", word) for word in CONDITIONS),
        *(("series", word) for word in SERIES),
        *(("measure", word) for word in MEASURES),
        *(("field", word) for word in FIELDS),
    ],
)
def test_a_test_names_the_word(kind, word):
    named = re.compile(rf"test_{kind}_(\w+_)?{word}(_|$)")
    assert any(named.match(name) for name in NAMES), f"no test is called test_{kind}_{word}_..."
