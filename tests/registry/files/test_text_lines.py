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
            (b"a\rb\r", [(1, "a"), (2, "b")]),
            (b"a\r\rb", [(1, "a"), (2, ""), (3, "b")]),
            (b"a\rb\nc\r\nd", [(1, "a"), (2, "b"), (3, "c"), (4, "d")]),
            (b"a\n\xef\xbb\xbfb\n", [(1, "a"), (2, "b")]),
            (b"a\n\x1a", [(1, "a"), (2, "")]),
            (b"a\x1a\xef\xbb\xbf\n\x1ab", [(1, "a"), (2, "b")]),
        ],
    )
    def test_octets_become_lines(self, octets, expected):
        """
        Lines end in CR, LF or CRLF; marks of joined files are no part of any; bad ones are named.
        """
        assert lines_of(octets) == expected

    def test_octets_that_are_no_utf8_can_be_kept(self):
        """
        A zone file's comment may be in any encoding.
        """
        assert lines_of(b"a ; \xe9\n", keep_undecodable=True) == [(1, "a ; \udce9")]

    def test_nul_can_be_kept(self):
        """
        What is shown of a file may have any octet in it.
        """
        assert lines_of(b"a\0\n", keep_nul=True) == [(1, "a\0")]

    @pytest.mark.parametrize(
        ("octet", "said"),
        [(b"\xfc", "0xfc at column 3 is not UTF-8, but 'ü' in Latin-1"), (b"\x81", "UTF-8; save")],
    )
    def test_latin_1_is_said(self, octet, said):
        """
        An octet that is no UTF-8 is named, and the letter it is elsewhere.
        """
        ((_, refusal),) = read_lines(io.BytesIO(b"ab" + octet), "file")

        assert said in refusal.hint

    @pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
    def test_wide_text_is_named_with_what_to_do(self, encoding):
        """
        UTF-16 is refused by its name, with a mark or without, and so is UTF-32.
        """
        with pytest.raises(UnreadableFile, match="UTF-16") as caught:
            lines_of("number,service,uri\n".encode(encoding))

        assert "iconv -f UTF-16 -t UTF-8" in caught.value.advice

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


@given(
    st.lists(st.sampled_from([b"\r", b"\n", b"a", b"\xff", b"\0"])).map(b"".join),
    st.integers(17, 25),
)
def test_blocks_make_no_difference(octets, block):
    """
    Any octets give the same lines in whatever blocks they are read, as many as there are ends.
    """
    octets = b"xxxxxxxxxxxxxxxx\n" + octets
    whole = lines_of(octets)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text_lines, "BLOCK_OCTETS", block)
        assert [text for _, text in lines_of(octets)] == [text for _, text in whole]
    assert len(whole) == len(octets.splitlines())


def test_a_file_of_ends_is_read_in_time_that_grows_with_it(monkeypatch):
    """
    Line ends that meet the ends of blocks are not read again and again.
    """
    monkeypatch.setattr(text_lines, "BLOCK_OCTETS", 64)
    stream = Counted(b"\r" * 100_000)

    assert sum(1 for _ in read_lines(stream, "file")) == 100_000
    assert stream.octets == 100_000


class Counted(io.BytesIO):
    """A stream that counts the octets it gave."""

    octets = 0

    def read(self, size=-1):
        """Give the next octets."""
        found = super().read(size)
        self.octets += len(found)
        return found
