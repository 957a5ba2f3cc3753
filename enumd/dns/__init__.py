"""Octets to questions, and answers to octets: the authority. No sockets, no clock.

::

    octets --> wire, edns --> Query --> chase --> one Outcome --> reply --> octets
                                        |   ^
                                        v   |
                              ZoneView --> lookup, one name in one zone

`wire` and `edns` read and write what RFC 1035 and RFC 6891 lay down; `outcome` holds the one table
from outcome to header and sections; `lookup` finds one name in one zone, `chase` follows
aliases; `reply` assembles and truncates; `authority` is the way in.
"""
