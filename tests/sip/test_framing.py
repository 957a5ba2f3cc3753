"""Where messages begin and end."""

import itertools
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enumd.errors import NotSip
from enumd.sip.framing import Frame, Framer, Limits, Ping, datagram

LINE = b"OPTIONS sip:h SIP/2.0"


def message(body=b"", fields=b"", line=LINE):
    """Return a message as a stream carries it."""
    return b"%b\r\n%bContent-Length: %d\r\n\r\n%b" % (line, fields, len(body), body)


def cut(octets, places):
    """Return *octets* in pieces, cut at *places*."""
    ends = [0, *sorted(place % (len(octets) + 1) for place in places), len(octets)]
    return [octets[start:end] for start, end in itertools.pairwise(ends)]


def plain(frames):
    """Return frames in a form that can be compared."""
    return [
        "ping"
        if isinstance(frame, Ping)
        else (frame.head.start_line, frame.body, frame.fault and frame.fault.status)
        for frame in frames
    ]


def run(pieces, limits=None):
    """Return what a stream of those pieces gives, and the framer after it."""
    framer = Framer(limits or Limits())
    frames = [frame for piece in pieces for frame in framer.feed(piece, 0.0)]
    return plain(frames), framer


PIECES = st.sampled_from(
    [
        message(),
        message(b"body\r\n\r\n"),
        message(b"\n\n", b"Subject: a\r\n b\r\n"),
        b"X sip:h SIP/2.0\nl: 2\n\nab",
        b"X sip:h SIP/2.0\r\nl: 2\r\n\nab",
        b"X sip:h SIP/2.0\nl: 2\n\r\nab",
        b"\r\n",
        b"\r\n\r\n",
        b"\r",
        b"\n",
        b"X sip:h SIP/2.0\r\n\r\n",
        b"X sip:h SIP/2.0\r\nl: x\r\n\r\n",
        b"\x16\x03\x01",
        b"Y sip:h SIP/2.0\r\nl: 999\r\n\r\n",
        b"Z" * 70,
    ]
)


class TestDatagram:
    """RFC 3261 section 18.3."""

    def test_a_message_is_framed_by_its_length(self):
        """Octets after the body are discarded (RFC 4475 section 3.1.1.8)."""
        frame = datagram(message(b"body") + b"INVITE trailing")

        assert (frame.head.start_line, frame.body, frame.fault) == (LINE, b"body", None)

    def test_without_a_length_the_body_ends_with_the_datagram(self):
        """Everything after the empty line is body."""
        assert datagram(LINE + b"\r\n\r\nall of it").body == b"all of it"

    def test_leading_line_ends_are_ignored(self):
        """RFC 3261 section 7.5."""
        assert datagram(b"\r\n\r\n" + message()).head.start_line == LINE

    @pytest.mark.parametrize("octets", [b"", b"\r\n\r\n", b"\r\n", b"\0\0\0\0", b"\0"])
    def test_keep_alives_want_no_answer(self, octets):
        """Line ends, NULs and nothing at all."""
        assert datagram(octets) is None

    @pytest.mark.parametrize(
        "octets", [b"\0\1\0\0\x21\x12\xa4\x42", b"\x80\0", b"\xff", b"\r\n\x01"]
    )
    def test_other_protocols_are_not_sip(self, octets):
        """STUN and RTP begin with octets that no message begins with."""
        with pytest.raises(NotSip):
            datagram(octets)

    @pytest.mark.parametrize(
        ("octets", "why"),
        [
            (LINE + b"\r\nTo: x\r\n", "no empty line"),
            (LINE + b"\r\nl: 9999\r\n\r\nshort", "shorter than"),
            (LINE + b"\r\nl: -999\r\n\r\n", "not a number"),
            (LINE + b"\r\nl: 1\r\nl: 2\r\n\r\n", "differs"),
        ],
    )
    def test_a_wrong_length_is_a_fault_of_a_frame_that_can_be_answered(self, octets, why):
        """The head is there, and 400 with the reason."""
        frame = datagram(octets)

        assert frame.head.start_line == LINE
        assert frame.fault.status == 400
        assert why in frame.fault.why

    @pytest.mark.parametrize("end", [b"\n", b"\r\n"])
    @pytest.mark.parametrize("last", [b"\n", b"\r\n"])
    def test_lines_may_end_with_lf_alone(self, end, last):
        """In any mixture; the first empty line ends the head."""
        frame = datagram(LINE + end + b"To: x" + end + last + b"body\r\n\r\nmore")

        assert (frame.head.first(b"to"), frame.body) == (b"x", b"body\r\n\r\nmore")

    @given(st.binary(max_size=100))
    def test_any_octets_give_a_frame_or_nothing(self, octets):
        """Or the one error that says: no SIP."""
        try:
            frame = datagram(octets)
        except NotSip:
            return
        assert frame is None or isinstance(frame, Frame)


class TestFramer:
    def test_messages_come_out_as_they_become_whole(self):
        """Two in one piece, and one in many."""
        frames, framer = run([message(b"1") + message(b"2")[:-1], b"2" + message(b"3")])

        assert frames == [(LINE, b"1", None), (LINE, b"2", None), (LINE, b"3", None)]
        assert not framer.closed

    @given(st.lists(PIECES, max_size=6), st.lists(st.integers(0, 1000), max_size=8))
    def test_it_makes_no_difference_how_the_stream_is_cut(self, pieces, places):
        """Whole, in pieces or octet by octet: the same frames, and the same end."""
        octets, limits = b"".join(pieces), Limits(message_octets=64)
        whole, framer = run([octets], limits)
        cut_up, other = run(cut(octets, places), limits)
        single, last = run([bytes([octet]) for octet in octets], limits)

        assert whole == cut_up == single
        assert framer.closed == other.closed == last.closed

    @given(st.lists(st.binary(max_size=50), max_size=6))
    def test_any_octets_are_survived(self, pieces):
        """And once it is closed a framer gives nothing more."""
        _, framer = run(pieces)

        if framer.closed:
            assert framer.feed(message(), 0.0) == []

    @pytest.mark.parametrize(
        ("octets", "pings"),
        [
            (b"\r\n\r\n", 1),
            (b"\r\n", 0),
            (b"\r\n\r\n\r\n\r\n", 2),
            (b"\r\r\n\r\n", 1),
            (b"\n\n\n", 0),
        ],
    )
    def test_a_double_line_end_is_a_ping(self, octets, pings):
        """RFC 5626 section 3.5.1; single ones between messages are ignored."""
        frames, _ = run([octets + message()])

        assert ["ping"] * pings + [(LINE, b"", None)] == frames

    @pytest.mark.parametrize(
        ("octets", "status"),
        [
            (LINE + b"\r\n\r\n", 400),
            (LINE + b"\r\nl: x\r\n\r\n", 400),
            (LINE + b"\r\nl: 1\r\nl: 2\r\n\r\n", 400),
            (LINE + b"\r\nl: 65535\r\n\r\n", 413),
            (LINE + b"\r\nX: " + b"x" * 65535, 513),
            (LINE + b"\r\nX: " + b"x" * 65535 + b"\r\n\r\n", 513),
        ],
    )
    def test_what_cannot_be_framed_ends_the_stream(self, octets, status):
        """The last frame can be answered; what follows cannot be read."""
        frames, framer = run([octets, message()])

        assert [(LINE, b"", status)] == frames
        assert framer.closed

    def test_what_begins_no_message_ends_the_stream_without_a_frame(self):
        """There is nobody to answer; messages before it are not lost."""
        frames, framer = run([message() + b"\x16\x03\x01"])

        assert frames == [(LINE, b"", None)]
        assert framer.closed

    def test_a_lax_peer_may_leave_the_length_out(self):
        """Then there is no body."""
        frames, framer = run([LINE + b"\r\n\r\n" + message(b"1")], Limits(lax=True))

        assert frames == [(LINE, b"", None), (LINE, b"1", None)]
        assert not framer.closed

    def test_the_longest_message_is_a_datagrams_worth(self):
        """65535 octets are taken, one more is not."""
        head = b"%b\r\nContent-Length: 65490\r\n\r\n" % LINE
        body = b"x" * (65535 - len(head))
        fits = head.replace(b"65490", b"%d" % len(body)) + body

        assert [(LINE, body, None)] == run([fits])[0]

    def test_a_slow_sender_runs_out_of_time(self):
        """From the first octet of a message to its last there are 32 s, however many come."""
        framer = Framer()

        assert framer.deadline_s is None
        framer.feed(b"\r\n", 0.0)
        assert framer.deadline_s is None
        framer.feed(b"OPTIONS", 100.0)
        framer.feed(b" sip", 120.0)
        assert framer.deadline_s == 132.0
        assert not framer.overdue(131.9)
        assert framer.overdue(132.0)

    def test_a_message_that_became_whole_stops_the_clock(self):
        """And the next one starts it again, a body that is missing included."""
        framer = Framer()
        framer.feed(b"OPTIONS", 0.0)
        framer.feed(message()[7:], 10.0)

        assert framer.deadline_s is None
        assert not framer.overdue(1000.0)
        framer.feed(message(b"body")[:-1], 50.0)
        assert framer.deadline_s == 82.0

    def test_what_is_hostile_takes_no_longer(self):
        """Octet by octet, up to the limit, in less than a second or two."""
        began = time.perf_counter()
        for octet in (b"\r", b"\n", b"x"):
            framer = Framer()
            for _ in range(66_000):
                framer.feed(octet, 0.0)

        assert time.perf_counter() - began < 10
