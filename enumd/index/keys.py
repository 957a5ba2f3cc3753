"""How a name below an apex becomes a key. Pure.

The labels below the apex, most significant first, as nibbles packed two
an octet::

    digit d         nibble d + 1
    "*"             nibble 11, only ever the last label
    another label   nibble 12, its length (two nibbles), its octets in lower case (two each)
    end             a nibble 0 fills the last octet where the count is odd

The records of the apex stand in the head of the zone, and its key is empty; those of the number
that the apex itself is, in a zone whose prefix is a number, stand under `OWN_KEY`: no digits, an
end.

So every ancestor is a nibble prefix of its descendants and sorts right before them, whatever
its labels are. Names made of digits (and a leftmost `*`) are in the table `names`, all others in
`others`; both are ordered alike.
"""

from __future__ import annotations

from binascii import hexlify, unhexlify
from typing import Final

TO_NIBBLES: Final = bytes.maketrans(b"0123456789*", b"123456789ab")
"""From digits in ASCII to the nibbles of a key, in hexadecimal."""
_TO_DIGITS: Final = bytes.maketrans(b"123456789ab", b"0123456789*")
STAR: Final = b"b"
OTHER: Final = b"c"
"""The nibbles, in hexadecimal, of a leftmost `*`, and that any other label begins with."""
FIRST_OTHER: Final = b"\xc0"
"""Every key whose topmost label is neither a digit nor `*` is greater, every other one less."""
OWN_KEY: Final = b"\0"
"""The key of the number that the apex itself is; less than every other one."""
INNER_STAR: Final = b"c012a"
"""The nibbles, in hexadecimal, of a `*` that has more labels to its left."""


def pack_digits(digits: str) -> bytes:
    """Return the key of a name made of digits, most significant first, `*` allowed at the end.

    Without digits it is that of the number that the apex itself is.

    >>> pack_digits("441*").hex()
    '552b'
    """
    return pack_nibbles(digits.encode().translate(TO_NIBBLES)) or OWN_KEY


def pack_nibbles(nibbles: bytes) -> bytes:
    """Return nibbles in hexadecimal as a key, which is also the least of all that begin so."""
    return unhexlify(nibbles + b"0" if len(nibbles) & 1 else nibbles)


def unpack_digits(key: bytes) -> str:
    """Return the digits of a key of the table `names`."""
    return hexlify(key).rstrip(b"0").translate(_TO_DIGITS).decode()


def pack_labels(labels: tuple[bytes, ...]) -> bytes:
    """Return the key of any name: its labels below the apex as they stand in it, leftmost first.

    >>> pack_labels((b"*", b"1", b"4", b"4")) == pack_digits("441*")
    True
    """
    last = len(labels) - 1
    return pack_nibbles(
        b"".join(
            _label_nibbles(label, leftmost=place == last)
            for place, label in enumerate(reversed(labels))
        )
    )


def unpack_labels(key: bytes) -> tuple[bytes, ...]:
    """Return the labels `pack_labels` packed, leftmost first, in lower case."""
    nibbles = hexlify(key)
    labels: list[bytes] = []
    place = 0
    while (first := nibbles[place : place + 1]) not in (b"", b"0"):
        if first == OTHER:
            length = int(nibbles[place + 1 : place + 3], 16)
            start, place = place + 3, place + 3 + 2 * length
            labels.append(unhexlify(nibbles[start:place]))
        else:
            labels.append(first.translate(_TO_DIGITS))
            place += 1
    return tuple(reversed(labels))


def is_digits(labels: tuple[bytes, ...]) -> bool:
    """Tell whether a name belongs in the table `names`: digits, and at most a leftmost `*`."""
    rest = labels[1:] if labels[:1] == (b"*",) else labels
    return all(len(label) == 1 and label.isdigit() for label in rest)


def is_other(key: bytes) -> bool:
    """Tell whether a key belongs in the table `others`: one of its labels is no digit.

    No nibble of a key of digits and `*` is 12, and a key of any other name has one where its
    first other label begins.
    """
    return OTHER in hexlify(key)


def is_wildcard(key: bytes) -> bool:
    """Tell whether a key is that of a name whose leftmost label is `*`."""
    nibbles = hexlify(key)
    if OTHER in nibbles:
        return unpack_labels(key)[0] == b"*"
    return nibbles.rstrip(b"0").endswith(STAR)


def _label_nibbles(label: bytes, *, leftmost: bool) -> bytes:
    """Return one label as hexadecimal nibbles."""
    # A "*" inside a name is an ordinary label (RFC 4592 section 2.1.1), so only the leftmost is 11.
    if len(label) == 1 and (label.isdigit() or (leftmost and label == b"*")):
        return label.translate(TO_NIBBLES)
    return OTHER + b"%02x" % len(label) + hexlify(label.lower())
