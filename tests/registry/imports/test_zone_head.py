"""The SOA of a zone file, found first."""

import pytest

from enumd.core.apex import parse_name
from enumd.core.serial import Serial
from enumd.errors import UnreadableFile
from enumd.registry.imports.zone_head import read_head


def head_of(tmp_path, text, origin=None):
    """Return the head of a file."""
    path = tmp_path / "file.zone"
    path.write_text(text)
    return read_head(path, origin)


def test_the_soa_says_what_the_zone_is(tmp_path):
    """
    Apex, serial and times follow from the first SOA, the TTL of numbers from $TTL.
    """
    text = "$TTL 77\nx. TXT 1\nEnum.Example. IN SOA ns.x. Host.X. ( 9\n 1 2 3 4 )\n"

    head = head_of(tmp_path, text)

    assert (head.apex, head.serial) == (parse_name("enum.example"), Serial(9))
    said = head.parameters
    assert (said.ttl_s, said.refresh_s, said.retry_s, said.expire_s) == (77, 1, 2, 3)
    assert (said.negative_ttl_s, said.mname) == (4, parse_name("ns.x"))


@pytest.mark.parametrize(
    ("apex", "prefix"),
    [("e164.arpa.", ""), ("4.4.e164.arpa.", "44"), ("*.4.e164.arpa.", None), ("x.", None)],
)
def test_digits_follow_below_e164_arpa(tmp_path, apex, prefix):
    """
    Below e164.arpa the apex itself says which digits it stands for.
    """
    assert head_of(tmp_path, f"{apex} SOA a. b. 1 1 1 1 1\n").prefix == prefix


def test_relative_names_need_an_origin(tmp_path):
    """
    Without $ORIGIN a relative SOA is relative to what the caller says.
    """
    text = "@ SOA a b 1 1 1 1 1\n"

    assert head_of(tmp_path, text, parse_name("x")).apex == parse_name("x")
    with pytest.raises(UnreadableFile, match="line 1: the name is relative"):
        head_of(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no SOA"),
        ("a. TXT SOA\n", "no SOA"),
        ("a. TXT x\n" * 1000, "no SOA"),
        ("a. SOA a. b. 1 1\n", "line 1: SOA"),
        ("a. SOA a. b. 1 3000000000 1 1 1\n", "31 bits"),
    ],
)
def test_without_an_soa_there_is_no_zone(tmp_path, text, why):
    """
    A file without an SOA that can be used is refused as a whole.
    """
    with pytest.raises(UnreadableFile, match=why):
        head_of(tmp_path, text)


def test_a_missing_file_is_ours_to_tell(tmp_path):
    """
    A file that cannot be opened is an error of ours.
    """
    with pytest.raises(UnreadableFile, match="No such file"):
        read_head(tmp_path / "none", None)
