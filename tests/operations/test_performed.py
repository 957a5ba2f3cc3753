"""What was performed can be told in plain values."""

from enumd.operations.performed import QUIET, Live, Performed


def test_a_measurement_is_told_with_serial_and_server():
    """The keys are an interface; what resolvers remember is for eyes alone."""
    fields = Live("enum.example.", 4, "127.0.0.1:5300", 3.1, 60).fields()

    assert fields == {
        "zone": "enum.example.",
        "serial": 4,
        "live": {"server": "127.0.0.1:5300", "ms": 3.1},
    }


def test_a_result_alone_is_no_change():
    """Nothing was committed, published or found wrong unless that is said."""
    performed = Performed("result")

    assert not performed.committed
    assert (performed.trouble, performed.published, performed.live, performed.notes) == (
        *(None, ()),
        *(None, ()),
    )


def test_who_says_nothing_watches_nothing():
    """Without streams progress is told to nobody, and nothing is written."""
    with QUIET.meter("reading", 3) as advance:
        advance(1)
    assert QUIET.text is None
