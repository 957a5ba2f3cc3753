"""enumd.index.tables: names of LMDB tables."""

from enumd.index.tables import Tables


def test_tables_of_a_zone():
    """The tables of a zone carry its number."""
    assert Tables.numbered(7) == (
        b"names/7",
        b"others/7",
        b"entries/7",
        b"marks/7",
        b"journal/7",
        b"dictionaries/7",
    )
