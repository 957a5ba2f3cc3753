"""How long what is published holds: one rule for every service.

`not_after` is the first second at which a name is *not* answered any more: it is absent then, as if
nobody had published it, in DNS, SIP and the registry alike. None, or 0 as the index writes it,
means that there is no end. The hot paths decline every value that has one.
"""

from __future__ import annotations


def is_valid(not_after_s: int | None, now_s: float) -> bool:
    """Tell whether what holds until before *not_after_s* still holds at *now_s*.

    >>> is_valid(1_795_000_000, 1_794_999_999), is_valid(1_795_000_000, 1_795_000_000)
    (True, False)
    """
    return not not_after_s or now_s < not_after_s
