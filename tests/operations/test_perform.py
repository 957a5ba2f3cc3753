"""What is asked is allowed, done, committed and published, in one way for all doors."""

import pytest

from enumd.errors import Conflict, NotFound, NotPermitted
from enumd.index.reader import IndexReader
from enumd.operations.actor import Doer, Role
from enumd.operations.number import (
    ClaimNumber,
    FindNumbers,
    HoldNumber,
    ListNumbers,
    ReadNumberLog,
    ReleaseNumber,
    ShowNumber,
)
from enumd.operations.perform import perform
from enumd.operations.zone import AddZone

NUMBER = "+441632960017"
OTHER = "+441632960016"
OPERATOR = Doer("ada", "test", Role.OPERATOR)


def serials(home):
    """Return the serials that servers answer with."""
    with IndexReader(home.config.index_path) as reader, reader.snapshot() as snapshot:
        return [view.zone.serial.value for view in snapshot.zones.values()]


def test_a_change_is_committed_and_published(home):
    """The result says what was done, and the index has it."""
    performed = perform(ClaimNumber("ada@example.net", NUMBER), OPERATOR, home)

    assert performed.committed and performed.trouble is None
    assert (performed.result.number, performed.result.holder) == (NUMBER, "ada@example.net")
    assert [(one.zone, one.to_serial) for one in performed.published] == [("enum.example.org.", 2)]
    assert (performed.live.serial, performed.live.server, performed.live.took_ms) == (2, None, None)
    assert serials(home) == [2]


def test_what_reads_commits_nothing(home):
    """A look leaves the index and the registry as they were."""
    performed = perform(FindNumbers(limit=1), OPERATOR, home)

    assert not performed.committed and performed.published == ()
    assert serials(home) == [1]


def test_the_result_survives_trouble_after_the_commit(home):
    """A claim that cannot be published is a claim: its code is there, and then the trouble."""
    (home.config.index_path / "data.mdb").write_bytes(b"no index at all" * 1000)

    performed = perform(ClaimNumber("ada@example.net", NUMBER), OPERATOR, home)

    assert performed.result.recovery_code
    assert "safe in the registry" in performed.trouble.__notes__[0]
    assert performed.live.serial == 2
    assert perform(ShowNumber(NUMBER), OPERATOR, home).result.state == "claimed"


def test_a_refusal_changes_nothing(home, claimed):
    """What the operation refuses is raised, and the serial stays."""
    with pytest.raises(Conflict):
        perform(AddZone("enum.example.org"), OPERATOR, home)

    assert serials(home) == [2]


@pytest.mark.parametrize("request_", [ClaimNumber("eve@b.example", NUMBER), HoldNumber(NUMBER)])
def test_a_taken_number_offers_others_like_it(home, claimed, request_):
    """The error names free numbers that end so."""
    with pytest.raises(Conflict) as raised:
        perform(request_, OPERATOR, home)

    assert raised.value.similar == ("+441632960007",)


def test_another_conflict_offers_nothing(home, claimed):
    """What takes no number has none to offer in its place."""
    with pytest.raises(Conflict) as raised:
        perform(AddZone("enum.example.org"), OPERATOR, home)

    assert raised.value.similar == ()


def test_the_log_names_who_did_it_and_through_which_door(done, claimed):
    """The actor of a line is the doer."""
    (event,) = done(ReadNumberLog(NUMBER)).events

    assert (event.action, event.actor) == ("number.claim", "test:ada")


class TestRights:
    """Nothing is decided in a door."""

    def test_a_holder_acts_on_their_own_number(self, home, claimed):
        """And may look at it."""
        ada = Doer("ada@example.net", "test", Role.HOLDER)

        assert perform(ShowNumber(NUMBER), ada, home).result.holder == ada.party
        released = perform(ReleaseNumber(NUMBER, claimed.recovery_code), ada, home)
        assert released.result.state == "released"

    @pytest.mark.parametrize(
        "doer",
        [
            Doer("eve@b.example", "test", Role.HOLDER),
            Doer("acme", "test", Role.REGISTRAR),
            Doer("ada@example.net", "test", Role.READER),
            Doer("ada@example.net", "test", Role.ANYBODY),
            Doer(None, "test"),
        ],
        ids=str,
    )
    def test_nobody_else_does(self, home, claimed, doer):
        """Whatever the role: the number is not theirs, and nothing changes."""
        with pytest.raises(NotPermitted):
            perform(ReleaseNumber(NUMBER, claimed.recovery_code), doer, home)

        assert perform(ShowNumber(NUMBER), OPERATOR, home).result.state == "claimed"
        assert serials(home) == [2]

    def test_a_list_is_of_ones_own(self, home, claimed):
        """A holder lists what is theirs, and must say so."""
        ada = Doer("ada@example.net", "test", Role.HOLDER)

        found = perform(ListNumbers(holder="ada@example.net"), ada, home).result
        assert [one.number for one in found.numbers] == [NUMBER]
        for everybodys in (ListNumbers(), ListNumbers(holder="ben@example.net")):
            with pytest.raises(NotPermitted):
                perform(everybodys, ada, home)

    def test_a_pool_that_nobody_opened_is_closed(self, home):
        """Anybody finds; to claim takes a pool that is open."""
        assert perform(FindNumbers(), Doer(None, "test"), home).result.numbers
        with pytest.raises(NotPermitted, match="open pool"):
            perform(ClaimNumber("eve@b.example", NUMBER), Doer(None, "test"), home)

    def test_what_is_not_there_is_not_found(self, home):
        """A number that no zone stands for is not found by who may have asked."""
        with pytest.raises(NotFound):
            perform(ShowNumber("+4930123456"), Doer("ada", "test", Role.HOLDER), home)
