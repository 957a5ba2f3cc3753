"""enumd.index.entries: what is known of a number beyond DNS, and rows of later versions."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enumd.errors import IndexDamaged
from enumd.index.entries import VERSION, Entry, EntryState

unknown = st.dictionaries(st.integers(4, 255), st.binary(max_size=9), max_size=3).map(
    lambda fields: tuple(sorted(fields.items()))
)
entries = st.builds(
    Entry,
    st.none() | st.sampled_from(EntryState),
    st.integers(0, 2**64 - 1),
    st.text(max_size=20),
    unknown,
)


class TestEntry:
    @given(entries)
    def test_there_and_back(self, entry):
        """An entry comes back from its octets, with all that a later enumd has to say."""
        assert Entry.from_octets(entry.to_octets()) == entry

    def test_octets(self):
        """A row is a version and its fields by kind, and what is not said takes no octet."""
        assert Entry().to_octets().hex() == "01"
        entry = Entry(EntryState.QUARANTINE, 258, "é", ((9, b""),))
        assert entry.to_octets().hex(" ", 1) == (
            "01 01 00 01 02 02 00 02 01 02 03 00 02 c3 a9 09 00 00"
        )

    @given(st.binary(max_size=30) | st.binary(max_size=30).map(lambda octets: b"\x01" + octets))
    def test_any_octets(self, octets):
        """Any octets are an entry or are refused by ValueError."""
        try:
            entry = Entry.from_octets(octets)
        except ValueError:
            return
        assert Entry.from_octets(entry.to_octets()) == entry

    @pytest.mark.parametrize(
        ("octets", "why"),
        [
            ("", "no version"),
            ("02", "no version"),
            ("0101", "within a field"),
            ("0101000102" + "0200", "within a field"),
            ("01010002", "within a field"),
            ("0101000109", "EntryState"),
            ("01" + "090000" + "080000", "out of order"),
            ("01" + "020009" + "01" + "00" * 8, "does not fit"),
            ("01" + "030001ff", "utf-8"),
        ],
    )
    def test_no_entry(self, octets, why):
        """What is torn, of another version or unheard of is refused, and says why."""
        with pytest.raises(ValueError, match=why):
            Entry.from_octets(bytes.fromhex(octets.replace(" ", "")))

    @pytest.mark.parametrize(
        "fields",
        [
            {"until_s": -1},
            {"until_s": 2**64},
            {"unknown": ((3, b""),)},
            {"unknown": ((5, b""), (4, b""))},
            {"unknown": ((5, b""), (5, b""))},
        ],
    )
    def test_what_fits_no_field(self, fields):
        """An entry that could not come back from its octets cannot be made."""
        with pytest.raises(ValueError, match=r"does not fit|out of order"):
            Entry(**fields)

    @pytest.mark.parametrize("entry", [Entry(why="x" * 65536), Entry(unknown=((256, b""),))])
    def test_what_fits_no_row(self, entry):
        """A field that is too long, and a kind that is no octet, are refused when written."""
        with pytest.raises(ValueError, match="65535"):
            entry.to_octets()

    def test_damage_is_told_with_its_zone(self):
        """A row of an index that cannot be read is damage to that index."""
        row = Entry(EntryState.SUSPENDED).to_octets()
        assert Entry.read(row, Path("i"), b"\0") == Entry(EntryState.SUSPENDED)
        assert row[0] == VERSION
        with pytest.raises(IndexDamaged, match="entry of zone"):
            Entry.read(b"", Path("i"), b"\0")
