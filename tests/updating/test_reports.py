"""Reports read from a table: every fault at its line; and how futures agree with them."""

import datetime as dt

import numpy as np
import pytest
from walks import START, X

from diarchy.calibration.targets import Error, Number
from diarchy.errors import ScenarioError
from diarchy.questions.events import Crosses
from diarchy.questions.measures import DayOf, Measured, OfSeries
from diarchy.questions.question import Question
from diarchy.questions.series import Condition
from diarchy.questions.vocabulary import StateWord, Vocabulary
from diarchy.updating.agreement import log_likelihood, surprise
from diarchy.updating.reports import Report, read_reports

WORDS = Vocabulary({"walk.x": StateWord((), "1")}, {})
HIGH = Crosses(X, Condition("above", 2.0))
ASKED = {
    "high": Question("high", "Is it high?", chance=HIGH),
    "end": Question("end", "Where does it end?", amount=OfSeries("last", X)),
    "versus": Question("versus", "?", amount=OfSeries("last", X), minus_arm="other"),
}
HEAD = "id,quantity,window,value,error,reliability,event_date,report_date,retracts,source\n"
GOOD = "a,end,by,1.5,normal 0.5,,2022-01-02,2022-01-03,,somebody\n"
DAY = '"{amount: {day_of: {crosses: {of: walk.x, above: 2}}}}"'
LAST = '"{amount: {last: {of: walk.x}}}"'


@pytest.fixture
def read(tmp_path):
    def reader(*rows, head=HEAD):
        path = tmp_path / "reports.csv"
        path.write_text(head + "".join(rows))
        return read_reports(path, WORDS, START, ASKED)

    return reader


def test_a_report_has_its_days_its_error_and_the_time_from_which_futures_show_it(read):
    (report,) = read(GOOD)
    assert (report.id, report.value, report.error) == ("a", 1.5, Error("normal", 0.5))
    assert (report.event_date, report.report_date) == (dt.date(2022, 1, 2), dt.date(2022, 1, 3))
    assert (report.settled, report.reliability, report.where) == (2.0, 0.95, "reports.csv:2")


def test_a_quantity_can_be_written_in_the_words_of_targets(read):
    written, named = read(
        f"a,{LAST},by,1.5,normal 0.5,,2022-01-02,2022-01-03,,\n", GOOD.replace("a,end", "b,end")
    )
    assert written.rule == named.rule


def test_yes_no_and_days(read):
    yes, day = read(
        "a,high,,yes,,0.9,2022-01-02,2022-01-02,,\n",
        f"b,{DAY},,2022-01-04,normal 1 d,,2022-01-04,2022-01-05,,\n",
    )
    assert yes.is_event
    assert yes.value == 1.0
    assert (day.value, day.settled) == (3.5, 6.0)  # noon; two days of error later it would have come


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([GOOD, GOOD], r"reports.csv:3: report 'a' is given twice \(first on line 2\)"),
        ([GOOD.replace("2022-01-02", "2021-12-30")], r":2: event of 2021-12-30, before the run starts"),
        ([GOOD.replace("2022-01-03", "2022-01-01")], r":2: reported on 2022-01-01, before it happened"),
        ([GOOD.replace("2022-01-03", "3 January")], r":2: report_date '3 January' is not a date"),
        ([GOOD.replace("end", "ends")], r":2: no quantity 'ends'; did you mean 'end'"),
        ([GOOD.replace("end", "versus")], r"compares two worlds"),
        ([GOOD.replace("end", LAST.replace("walk.x", "walk.y"))], r":2: report 'a'.*no state 'walk.y'"),
        ([GOOD.replace("end", '"{amount: [}"')], r":2: not readable as YAML"),
        ([GOOD.replace("normal 0.5", "")], r"a number or a day needs an error"),
        ([GOOD.replace("normal 0.5", "about")], r"error 'about' is not taken; allowed: lognormal"),
        ([GOOD.replace("1.5", "-1").replace("normal", "lognormal")], r"-1 can have no lognormal error"),
        ([GOOD.replace("1.5", "a lot")], r"value 'a lot' is not taken"),
        ([GOOD.replace("by", "until")], r"window 'until' is not taken; allowed: by, on"),
        (
            [GOOD.replace("normal 0.5,", "normal 0.5,1")],
            r"reliability '1' is not taken; allowed: 0.5 to below 1",
        ),
        ([GOOD, "b,,,,,,,2022-01-04,c,\n"], r":3: report 'b' retracts 'c', which nobody reported"),
        ([GOOD, "b,,,,,,,2022-01-02,a,\n"], r":3: retracted on 2022-01-02, before it was made"),
        (["a,,,,,,,2022-01-02,a,\n"], r":2: report 'a' retracts itself"),
        ([GOOD.replace("a,end", "A b,end")], r":2: 'A b' is not an id"),
        ([GOOD.replace(",somebody", "")], r":2: the row has 9 cells, the header 10"),
    ],
)
def test_faults_have_their_line(read, rows, message):
    with pytest.raises(ScenarioError, match=message):
        read(*rows)


def test_all_faults_come_at_once(read):
    with pytest.raises(ScenarioError) as caught:
        read(GOOD.replace("end", "ends"), GOOD.replace("a,end,by", "b,end,in"), "c,,,,,,,2022-01-04,d,\n")
    assert len(caught.value.faults) == 3


def test_a_column_that_is_not_there_or_not_known(read):
    with pytest.raises(ScenarioError, match="no column 'report_date'"):
        read(head=HEAD.replace("report_date", "reported"))
    with pytest.raises(
        ScenarioError, match=r"no column 'reliabilty'; allowed: .*; did you mean 'reliability'"
    ):
        read(head=HEAD.replace("reliability", "reliabilty"))


@pytest.mark.parametrize(
    ("data", "message"),
    [(b"", "the table is empty"), (HEAD.encode() + b"\xe9\xff\n", r"is not UTF-8 text \(line 2\)")],
)
def test_a_file_that_is_empty_or_not_text(tmp_path, data, message):
    path = tmp_path / "reports.csv"
    path.write_bytes(data)
    with pytest.raises(ScenarioError, match=message):
        read_reports(path, WORDS, START, ASKED)


def test_a_file_of_200_mb_is_refused_unread(tmp_path):
    path = tmp_path / "reports.csv"
    with path.open("wb") as stream:
        stream.truncate(200_000_000)
    with pytest.raises(ScenarioError, match=r"has 200.0 MB; .* may have 1.0 MB"):
        read_reports(path, WORDS, START, ASKED)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(ScenarioError, match=r"no file 'reports.csv'"):
        read_reports(tmp_path / "reports.csv", WORDS, START, ASKED)


def measured(*values, observed=None):
    n = len(values)
    return Measured(np.array(values, float), np.array(observed or [True] * n), np.ones(n, dtype=bool))


def report(rule, value, error=None, reliability=0.9):
    return Report("r", rule, value, error or Error(), reliability, START, START)


def test_a_count_agrees_by_its_logarithm_and_nothing_is_ruled_out():
    said = report(OfSeries("last", X), 100.0, Error("lognormal", 0.5))
    far, near, none = log_likelihood(said, measured(1e6, 100.0, 0.0))
    assert near == pytest.approx(np.log(0.9 / (0.5 * np.sqrt(2 * np.pi)) + 0.1 / 20))
    assert far == none == pytest.approx(np.log(0.1 / 20))


def test_yes_and_no_go_by_reliability():
    said = report(Number((HIGH,)), 1.0)
    assert np.exp(log_likelihood(said, measured(1.0, 0.0))).tolist() == pytest.approx([0.9, 0.1])
    assert surprise(said, measured(1.0, 0.0, 0.0), np.array([0.5, 0.3, 0.2])) == pytest.approx(0.5)


def test_a_day_that_has_not_come_agrees_only_if_the_report_is_wrong():
    said = report(DayOf(HIGH), 3.5, Error("within", 1.0))
    on, off, never = log_likelihood(said, measured(4.5, 5.0, 6.0, observed=[True, True, False]))
    assert on == pytest.approx(np.log(0.9 / 2 + 0.1 / 40))
    assert off == never == pytest.approx(np.log(0.1 / 40))


def test_surprise_is_two_sided():
    said = report(OfSeries("last", X), 0.0, Error("normal", 1.0))
    even = np.full(2, 0.5)
    assert surprise(said, measured(-1.0, 1.0), even) == pytest.approx(1.0)
    above, below = (surprise(said, measured(x, x), even) for x in (4.0, -4.0))
    assert above == pytest.approx(below)
    assert above < 1e-3
