"""Errors in messages from the network."""

import pickle

from enumd.errors import BrokenRequest, FormError


def test_a_dns_message_keeps_what_was_understood():
    """What was read before the fault is kept, to answer from; nothing is said of it."""
    error = FormError("two questions", heard=(7, 0))

    assert str(error) == "two questions"
    assert (error.why, error.heard) == ("two questions", (7, 0))


def test_a_sip_request_has_its_status():
    """The text begins with the status of the answer; it survives pickling."""
    error = pickle.loads(pickle.dumps(BrokenRequest(400, "no Call-ID")))

    assert str(error) == "400: no Call-ID"
    assert (error.status, error.why) == (400, "no Call-ID")
