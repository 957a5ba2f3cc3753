"""The zone of a zone file, before and after it is there."""

import pytest

from enumd.core.apex import Apex, parse_name
from enumd.errors import Conflict, NotFound, UnreadableFile
from enumd.registry import zones
from enumd.registry.changes import Actor
from enumd.registry.files.one_name import Rules
from enumd.registry.files.reading import FileFormat, SourceFile
from enumd.registry.imports.destination import expected_zone, make_zone, tree_of
from enumd.registry.imports.options import ImportOptions
from enumd.registry.imports.stage import NEW_ZONE
from enumd.registry.imports.zone_head import read_head

NOW_S = 1_795_000_000
TEXT = "$TTL 300\n@ SOA ns.example.net. h.example.net. 9 3600 600 86400 60\n@ NS ns.example.net.\n"


def read(tmp_path, apex, prefix="49"):
    """Return a zone file of *apex*: how it is read, and its head."""
    path = tmp_path / "a.zone"
    path.write_text(TEXT)
    tree = Apex(parse_name(apex), prefix)
    source = SourceFile(path, FileFormat.ZONE, Rules(True), 15, tree)
    return source, read_head(path, tree.name)


def test_a_zone_to_come_is_as_it_will_be(tree, tmp_path):
    """A zone that is not there has no id yet, and follows the file once it is made."""
    source, head = read(tmp_path, "new.example")
    options = ImportOptions(NOW_S, prefix="49")
    with tree.change(Actor("ada", "test"), NOW_S) as change:
        found, adopts = expected_zone(change.session, source, head, options)
        assert (found.id, found.apex, found.prefix, adopts) == (
            *(NEW_ZONE, "new.example.", "49", True),
        )
        made = make_zone(change, source, head, options)
        assert (made.apex, made.ttl_s, made.serial) == ("new.example.", 300, 10)
        assert len(zones.listing(change.session)) == 2
        assert expected_zone(change.session, source, head, options) == (made, False)
        assert make_zone(change, source, head, options) is made


def test_a_zone_follows_the_file_where_that_is_asked_for(tree, tmp_path):
    """One that is there keeps its SOA, unless the file's is adopted."""
    source, head = read(tmp_path, "enum.example.org", "44")
    with tree.change(Actor("ada", "test"), NOW_S) as change:
        assert make_zone(change, source, head, ImportOptions(NOW_S)).mname != "ns.example.net."
        adopted = make_zone(change, source, head, ImportOptions(NOW_S, adopt=True))
        assert (adopted.mname, adopted.expire_s) == ("ns.example.net.", 86_400)


def test_what_is_no_destination_is_refused(tree, tmp_path):
    """Another apex than the file's, digits that nobody says, and a tree that became another."""
    source, head = read(tmp_path, "new.example")
    with tree.read() as session:
        with pytest.raises(UnreadableFile, match="its SOA is that of"):
            options = ImportOptions(NOW_S, apex=parse_name("x.example"))
            tree_of(session, source.path, head, options)
        with pytest.raises(NotFound, match="--prefix"):
            tree_of(session, source.path, head, ImportOptions(NOW_S))
        with pytest.raises(Conflict, match="was changed while"):
            expected_zone(session, source, head, ImportOptions(NOW_S, prefix="33"))
