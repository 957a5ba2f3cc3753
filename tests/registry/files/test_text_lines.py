"""Physical lines: what any octets become."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enumd.errors import UnreadableFile
from enumd.registry.files import text_lines
from enumd.registry.files.rows import Refusal
from enumd.registry.files.text_lines import MAX_LINE_OCTETS, read_lines


def lines_of(octets, **options):
    """Return the lines of *octets*, refusals by their code."""
    found = read_lines(io.BytesIO(octets), "file", **options)
    return [(n, each.code if isinstance(each, Refusal) else each) for n, each in found]


class TestLines:
    """Numbers, ends and marks."""

    @pytest.mark.parametrize(
        ("octets", "expected"),
        [
            (b"", []),
            (b"a", [(1, "a")]),
            (b"a\n", [(1, "a")]),
            (b"a\r\nb\r\n", [(1, "a"), (2, "b")]),
            (b"a\r\n\nb", [(1, "a"), (2, ""), (3, "b")]),
            (b"\xef\xbb\xbfa\n", [(1, "a")]),
            (b"\xef\xbb\xbf", []),
            (b"a\n\xff\nb", [(1, "a"), (2, "text-encoding"), (3, "b")]),
            (b"a\n\0\nb\r\n", [(1, "a"), (2, "text-nul"), (3, "b")]),
            ("\u00e4\n".encode(), [(1, "\u00e4")]),
        ],
    )
    def test_octets_become_lines(self, octets, expected):
        """
        Lines end in LF or CRLF; a byte order mark is no part of the first; bad ones are named.
        """
        assert lines_of(octets) == expected

    def test_octets_that_are_no_utf8_can_be_kept(self):
        """
        A zone file's comment may be in any encoding.
        """
        assert lines_of(b"a ; \xe9\n", keep_undecodable=True) == [(1, "a ; \udce9")]

    @pytest.mark.parametrize(
        "mark", [b"\xff\xfea\0", b"\xfe\xff\0a", b"\x1f\x8b\x08", b"PK\x03\x04"]
    )
    def test_what_is_no_text_is_refused(self, mark):
        """
        UTF-16, gzip and spreadsheets are refused as a whole, with what to do.
        """
        with pytest.raises(UnreadableFile):
            lines_of(mark)

    @pytest.mark.parametrize("block", [1, 7, 64, 1 << 18])
    @pytest.mark.parametrize("size", [MAX_LINE_OCTETS, MAX_LINE_OCTETS + 1, 5 * MAX_LINE_OCTETS])
    def test_a_line_has_a_limit(self, monkeypatch, block, size):
        """
        A line over the limit is refused and counted once, wherever the blocks end.
        """
        monkeypatch.setattr(text_lines, "BLOCK_OCTETS", block)
        long = b"x" * size
        shown = long.decode() if size <= MAX_LINE_OCTETS else "line-too-long"

        assert lines_of(b"a\n" + long + b"\nb\n" + long) == [
            (1, "a"),
            (2, shown),
            (3, "b"),
            (4, shown),
        ]


@given(st.binary(max_size=200), st.integers(1, 9))
def test_blocks_make_no_difference(octets, block):
    """
    Any octets give the same lines in whatever blocks they are read, as many as there are LFs.
    """
    octets = b"x" + octets
    whole = lines_of(octets)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text_lines, "BLOCK_OCTETS", block)
        assert [text for _, text in lines_of(octets)] == [text for _, text in whole]
    assert len(whole) == octets.count(b"\n") + (not octets.endswith(b"\n"))
