"""Files imported, zones exported, the index brought up."""

import io
from pathlib import Path

import pytest

from enumd.errors import BadRequest, NotPermitted
from enumd.operations.actor import Doer, Role
from enumd.operations.bulk import ExportZone, ImportFile, PublishRegistry
from enumd.operations.number import ShowNumber
from enumd.operations.party import AddParty
from enumd.operations.perform import perform
from enumd.operations.performed import QUIET, Streams

OPERATOR = Doer("ada", "test", Role.OPERATOR)
LINES = "+441632960017,sip,sip:ada@example.net\nnonsense,sip,sip:b@example.net\n"


@pytest.fixture
def file(tmp_path):
    """Return a file with a good line and a bad one."""
    path = tmp_path / "numbers.csv"
    path.write_text(LINES)
    return path


def test_a_file_is_taken_and_published(home, file, done):
    """What was refused is counted and listed."""
    performed = perform(ImportFile(str(file)), OPERATOR, home)
    result = performed.result

    assert performed.committed and [one.to_serial for one in performed.published] == [2]
    assert (result.taken, result.rejected, result.numbers_created) == (1, 1, 1)
    assert "nonsense" in Path(result.rejects_path).read_text()
    assert [way.uri for way in done(ShowNumber("+441632960017")).endpoints] == [
        "sip:ada@example.net"
    ]


def test_progress_is_told_for_the_file_and_for_publishing(home, file):
    """Octets first, then names."""
    shown = []

    def meter(what, total):
        shown.append((what, total))
        return QUIET.meter(what, total)

    perform(ImportFile(str(file)), OPERATOR, home, Streams(meter))
    assert shown == [("reading numbers.csv, octets", len(LINES)), ("publishing, names", None)]


def test_a_registrar_imports_its_own_numbers_alone(home, file, done):
    """For itself, and for nobody else."""
    done(AddParty("acme", "registrar", "noc@acme.example"))
    acme = Doer("acme", "test", Role.REGISTRAR)

    assert perform(ImportFile(str(file), party="acme"), acme, home).result.taken == 1
    for others in (ImportFile(str(file)), ImportFile(str(file), party="ben")):
        with pytest.raises(NotPermitted):
            perform(others, acme, home)


def test_what_was_imported_is_exported(home, file, done):
    """To the stream beside the request; without one there is nowhere to write."""
    done(ImportFile(str(file)))
    stream = io.StringIO()
    result = perform(ExportZone("csv"), OPERATOR, home, Streams(text=stream)).result

    assert (result.zone, result.numbers, result.endpoints) == ("enum.example.org.", 1, 1)
    assert "+441632960017,sip,sip:ada@example.net" in stream.getvalue()
    with pytest.raises(BadRequest):
        perform(ExportZone("csv"), OPERATOR, home)


def test_a_zone_file_is_a_zone_file(home, done):
    """The other format is that of BIND."""
    stream = io.StringIO()
    perform(ExportZone("zone"), OPERATOR, home, Streams(text=stream))

    assert "SOA" in stream.getvalue()


def test_publishing_again_does_nothing_and_anew_does_all(home, done):
    """It is no change of the registry either way."""
    assert done(PublishRegistry()).zones == ()
    performed = perform(PublishRegistry(rebuild=True), OPERATOR, home)
    assert [one.how for one in performed.result.zones] == ["whole"]
    assert not performed.committed
