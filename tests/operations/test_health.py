"""Health: what is asked, and the keys of what comes back."""

from dataclasses import fields

from enumd.operations.health import ExamineRegistry, RegistryHealth, ZoneAgreement


def test_the_keys_of_a_result_are_an_interface():
    """Scripts rely on them and their order."""
    agreement = ("zone", "serial", "names", "compared", "states", "faults")

    assert tuple(each.name for each in fields(ZoneAgreement)) == agreement
    assert tuple(each.name for each in fields(RegistryHealth))[:2] == ("changed", "zones")


def test_a_sample_is_what_is_compared_unless_all_is():
    """It stays quick however many numbers there are."""
    assert ExamineRegistry().sample == 1000
