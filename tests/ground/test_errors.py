import pytest

from diarchy.errors import DiarchyError, Fault, Faults, ModelError, nearest


def test_all_faults_come_at_once_without_repeats():
    faults = Faults(ModelError)
    fault = Fault("no mechanism 'crowds'", "base.yaml:3", "crowd, media", "crowd", "rename it")
    for _ in range(2):
        faults.add(fault.what, fault.where, fault.allowed, fault.near, fault.cure)
    faults.add("no axis 'plase'")
    with pytest.raises(ModelError) as caught:
        faults.raise_if_any()
    assert str(caught.value).splitlines() == [
        "2 faults while wiring the model:",
        "  base.yaml:3: no mechanism 'crowds'; allowed: crowd, media; did you mean 'crowd'?; rename it",
        "  no axis 'plase'",
    ]


def test_nothing_found_raises_nothing():
    faults = Faults(ModelError)
    faults.raise_if_any()
    assert len(faults) == 0


def test_one_phase_takes_the_faults_of_another():
    faults = Faults(ModelError)
    faults.take(DiarchyError([Fault("one"), Fault("two")]))
    assert [f.what for f in faults.found] == ["one", "two"]


def test_a_fault_stays_on_its_line():
    assert "\n" not in str(Fault("a\nb\x1b[31m"))


def test_nearest_name():
    assert nearest("crwd", ["crowd", "media"]) == "crowd"
    assert nearest("xyz", ["crowd", "media"]) == ""
