"""What ICMP errors say of destinations."""

from enumd.sip.transport import Destination, Transport
from enumd.sip.unreachable import MOST, Unreachable


def there(port, host="192.0.2.4"):
    """Return a destination."""
    return Destination(host, port, Transport.UDP, None)


def test_a_destination_is_host_and_port():
    """Neither another port of the host nor the port of another host is meant."""
    unreachable = Unreachable()
    unreachable.tell("192.0.2.4", 5060, 1.0)
    unreachable.tell("2001:db8::1", 5060, 2.0)

    assert unreachable.told_s(there(5060)) == 1.0
    assert unreachable.told_s(there(5060, "2001:db8::1")) == 2.0
    assert unreachable.told_s(there(5061)) == float("-inf")
    assert unreachable.told_s(there(5060, "192.0.2.5")) == float("-inf")


def test_the_last_word_counts():
    """Every error is news."""
    unreachable = Unreachable()
    for now_s in (1.0, 3.0, 2.0):
        unreachable.tell("192.0.2.4", 5060, now_s)

    assert unreachable.told_s(there(5060)) == 2.0


def test_only_so_many_are_remembered():
    """There is no end to ports; the one that nobody spoke of for longest is forgotten."""
    unreachable = Unreachable()
    for port in range(MOST):
        unreachable.tell("192.0.2.4", port, 1.0)
    unreachable.tell("192.0.2.4", 0, 2.0)
    unreachable.tell("192.0.2.4", MOST, 3.0)

    told = [port for port in range(MOST + 1) if unreachable.told_s(there(port)) > 0]
    assert told == [0, *range(2, MOST + 1)]
