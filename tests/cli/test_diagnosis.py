"""A finding as the doctor shows it."""

from enumd.cli.diagnosis import Health, ill, odd, well


def test_a_finding_has_its_health_and_its_remedy():
    """Each way of finding something says how it is; what is well needs no remedy."""
    assert well("clock", "is right").health is Health.WELL
    assert odd("server", "none", "Start one.").health is Health.ODD
    assert ill("files", "open", "Close.").fields() == {
        "what": "files",
        "health": "ill",
        "text": "open",
        "remedy": "Close.",
    }
    assert well("clock", "is right").fields()["remedy"] is None
