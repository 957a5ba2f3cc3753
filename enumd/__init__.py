"""One E.164 number, every way of reaching its holder.

The map of the house. Each line is a floor; a package may import what its arrow names and
nothing else of ours, siblings on a floor do not see each other, and `tests/test_floors.py`
reads this very table to enforce it::

    floor 7  cli       -> errors core config index routing dns sip net serve operations
    floor 6  operations -> errors core config index routing dns sip registry net serve
    floor 5  serve     -> errors core config index routing dns sip net
    floor 4  registry  -> errors core index
    floor 4  net       -> errors core config
    floor 3  dns       -> errors core index
    floor 3  sip       -> errors core routing
    floor 2  config    -> errors core
    floor 2  index     -> errors core
    floor 2  routing   -> errors core
    floor 1  core      -> errors
    floor 0  errors    ->

How a change flows::

    request -> operation -> registry (SQL) -> publish -> index (LMDB) -> DNS authority -> NAPTR

The servers never open the registry and the registry never opens a socket: they meet in the index.
"""

__version__ = "0.1.0"
