"""Numbers: found, held, claimed, released, suspended, transferred, shown."""

import json

import pytest
from sqlalchemy import select

from enumd.core.apex import Apex, parse_name
from enumd.core.endpoint import Endpoint
from enumd.core.number import Number
from enumd.errors import (
    Conflict,
    NotFound,
    NotPermitted,
    NumberTooLong,
    PolicyRefused,
    VerificationFailed,
)
from enumd.registry import endpoints, free, numbers, pools, tenure, zones
from enumd.registry.changes import Actor
from enumd.registry.database import Registry
from enumd.registry.lifecycle import Policy, State
from enumd.registry.schema import ChangeRow, NumberRow

NOW_S = 1_795_000_000
DAY_S = 86_400
NUMBER = Number("441632960017")
ADA, BEN = "ada@example.net", "ben@example.net"


def hold(registry, now_s=NOW_S, contact=ADA, number=NUMBER):
    """Hold a number."""
    with registry.change(Actor("cli", "test"), now_s) as change:
        return numbers.hold(change, number, contact)


def claim(registry, now_s=NOW_S, holder=ADA, number=NUMBER, **proof):
    """Claim a number."""
    with registry.change(Actor("cli", "test"), now_s) as change:
        return numbers.claim(change, number, holder, **proof)


def claim_any(registry, **wish):
    """Claim some number."""
    with registry.change(Actor("cli", "test"), NOW_S) as change:
        return numbers.claim_any(change, ADA, **wish)


def release(registry, now_s=NOW_S, code=None, number=NUMBER):
    """Release a number."""
    with registry.change(Actor("cli", "test"), now_s) as change:
        return numbers.release(change, number, code)


def show(registry, now_s=NOW_S, number=NUMBER):
    """Show a number."""
    with registry.read() as session:
        return numbers.show(session, number, now_s)


def log(registry):
    """Return the log of the zone after it was made, as (action, digits, before, after)."""
    with registry.read() as session:
        zone = zones.show(session, parse_name("enum.example.org"))
        here = (ChangeRow.zone_id == zone.id, ChangeRow.serial > 1)
        rows = session.scalars(select(ChangeRow).where(*here).order_by(ChangeRow.id))
        return [(row.action, row.digits, row.before, row.after) for row in rows]


class TestHold:
    """Thirty minutes, once."""

    def test_a_hold_keeps_others_away_for_half_an_hour(self, tree):
        """
        To the second: the last one still counts, the next is free.
        """
        held = hold(tree)
        assert held.until_s == NOW_S + 1800
        with pytest.raises(Conflict, match=r"\+441632960017 is held until 2026-11-18 11:36:40Z"):
            claim(tree, NOW_S + 1799, BEN)
        with pytest.raises(Conflict, match="held until"):
            hold(tree, NOW_S + 1799, BEN)
        assert show(tree, NOW_S + 1799).state is State.HELD
        assert show(tree, NOW_S + 1800).state is State.FREE
        assert claim(tree, NOW_S + 1800, BEN).holder == BEN

    def test_the_token_claims_the_number(self, tree):
        """
        Whoever has the token claims, and nobody without it.
        """
        held = hold(tree)
        with pytest.raises(VerificationFailed, match="not the token"):
            claim(tree, holder=BEN, hold_token="h_wrong")
        assert claim(tree, hold_token=held.token).number == NUMBER
        assert held.token not in str(log(tree))

    def test_a_hold_is_not_extended(self, tree):
        """
        The same contact cannot hold it again, neither before nor after it has ended.
        """
        hold(tree)
        with pytest.raises(Conflict, match="held until"):
            hold(tree, NOW_S + 60)
        with pytest.raises(PolicyRefused, match=r"ada@example\.net held .* not held again"):
            hold(tree, NOW_S + 1800, " ADA@example.net")

    def test_holds_are_not_chained_through_others(self, tree):
        """
        Two contacts that take turns come to an end after one turn each.
        """
        hold(tree)
        hold(tree, NOW_S + 1800, BEN)
        for contact in (ADA, BEN):
            with pytest.raises(PolicyRefused):
                hold(tree, NOW_S + 3600, contact)
        assert claim(tree, NOW_S + 3600, ADA).holder == ADA

    def test_a_claim_wipes_the_slate(self, tree):
        """
        When somebody has had the number and it is free again, everybody may hold it once more.
        """
        hold(tree)
        claim(tree, NOW_S + 1800, BEN)
        release(tree, NOW_S + 1800)
        assert hold(tree, NOW_S + 1800 + 90 * DAY_S).number == NUMBER

    def test_without_a_contact_the_actor_holds(self, tree):
        """
        Somebody always holds it, or the rule would be for nothing.
        """
        hold(tree, contact=None)
        with pytest.raises(PolicyRefused, match="cli held"):
            hold(tree, NOW_S + 1800, contact=None)

    @pytest.mark.parametrize("number", ["442079460000", "33123"])
    def test_only_numbers_of_a_pool_are_held(self, tree, number):
        """
        Other people's numbers and other trees are not ours to give.
        """
        with pytest.raises(NotFound):
            hold(tree, number=Number(number))

    def test_a_hold_is_logged(self, tree):
        """
        With its end and its contact.
        """
        hold(tree)
        ((action, digits, before, after),) = log(tree)
        said = json.loads(after)
        assert (action, digits, before) == ("number.hold", NUMBER.digits, '{"state":"free"}')
        assert (said["state"], said["until_s"]) == ("held", NOW_S + 1800)
        assert said["holds"] == [["ada@example.net", NOW_S + 1800]]


class TestClaim:
    """A number for somebody."""

    def test_a_claimed_number_is_its_holders(self, tree):
        """
        The claim says all there is, and the registry shows the same but for the code.
        """
        got = claim(tree, not_after_s=NOW_S + 100)
        assert (got.zone, got.holder, got.claimed_s) == ("enum.example.org.", ADA, NOW_S)
        record = show(tree)
        assert (record.state, record.in_zone, record.pool) == (State.CLAIMED, True, "drama")
        assert (record.holder, record.claimed_s) == (ADA, NOW_S)
        assert not show(tree, NOW_S + 100).in_zone
        assert show(tree, NOW_S + 100).state is State.RELEASED

    def test_a_claim_that_has_ended_is_like_one_that_was_released(self, tree):
        """
        It rests for its former holder, who has the code, and is anybody's afterwards; no way of
        reaching the former holder, and no hold, is left.
        """
        code = claim(tree, not_after_s=NOW_S + 100).recovery_code
        with tree.change(Actor("cli", "test"), NOW_S) as change:
            endpoints.add(change, NUMBER, Endpoint.parse("sip", "sip:ada@example.net", 10))
        with pytest.raises(Conflict, match=r"is in quarantine until 2027-02-16 11:08:20Z"):
            claim(tree, NOW_S + 100, BEN)
        back = claim(tree, NOW_S + 100, ADA, recovery_code=code, not_after_s=NOW_S + 200)
        free_s = NOW_S + 200 + 90 * DAY_S
        with tree.read() as session:
            assert endpoints.listing(session, NUMBER, NOW_S + 100) == ()
            assert len(free.find(session, like="*017", now_s=free_s - 1)) == 0
            (found,) = free.find(session, like="*017", now_s=free_s)
        assert (back.holder, found.number, found.recycled) == (ADA, NUMBER, True)
        assert hold(tree, free_s, BEN).number == NUMBER
        assert claim(tree, free_s + 1800, BEN).holder == BEN
        with tree.read() as session:
            assert endpoints.listing(session, NUMBER, free_s + 1800) == ()

    def test_a_taken_number_says_since_when(self, tree):
        """
        The second claimer learns the moment, whoever it is.
        """
        claim(tree)
        for holder in (ADA, BEN):
            with pytest.raises(Conflict, match=r"is claimed since 2026-11-18 11:06:40Z"):
                claim(tree, NOW_S + 9, holder)
        with pytest.raises(Conflict, match="claimed since"):
            hold(tree, NOW_S + 9, BEN)

    def test_a_claim_cannot_have_ended_before(self, tree):
        """
        An end in the past, this second included, is a mistake.
        """
        with pytest.raises(PolicyRefused, match="has passed"):
            claim(tree, not_after_s=NOW_S)
        assert show(tree).state is State.FREE

    def test_a_number_outside_the_pools_is_not_given_out(self, tree):
        """
        It is a real number of somebody.
        """
        with pytest.raises(NotFound, match="in no pool"):
            claim(tree, number=Number("442079460000"))

    def test_a_number_outside_every_zone_is_not_found(self, tree):
        """
        No zone stands for it.
        """
        with pytest.raises(NotFound, match="no zone"):
            claim(tree, number=Number("4930123"))

    def test_a_number_too_long_for_the_policy_is_refused(self, tree):
        """
        Sixteen digits need a limit that allows them.
        """
        with tree.change(Actor("cli", "test"), NOW_S) as change:
            zones.add(change, Apex(parse_name("long.example.org"), "883"))
        with pytest.raises(NumberTooLong):
            claim(tree, number=Number("883" + "1" * 13))

    def test_the_code_is_not_kept(self, tree):
        """
        Neither the row nor the log holds the recovery code.
        """
        got = claim(tree)
        with tree.read() as session:
            row = session.scalars(select(NumberRow)).one()
        assert row.recovery.startswith("$scrypt$")
        assert got.recovery_code not in str(log(tree)) + row.recovery

    def test_the_slow_hash_is_made_before_the_lock(self, tree, statements, monkeypatch):
        """
        While the code is hashed nobody waits: not one statement has been sent.
        """
        issue = numbers.recovery.issue
        with statements(tree) as sent:
            seen = []
            monkeypatch.setattr(
                numbers.recovery, "issue", lambda: seen.append(len(sent)) or issue()
            )
            claim(tree)
            after_the_first = len(sent)
            claim_any(tree)
        assert seen == [0, after_the_first]

    def test_a_claim_is_a_few_statements(self, tree, statements):
        """
        Ten for a known holder, three more for a new one.
        """
        with statements(tree) as sent:
            claim(tree)
        assert len(sent) <= 15
        with statements(tree) as sent:
            claim(tree, number=Number("441632960018"))
        assert len(sent) <= 12


class TestClaimAny:
    """Some number for somebody."""

    def test_any_number_fits_the_wish(self, tree):
        """
        The pattern and the pool are kept to.
        """
        assert claim_any(tree, like="*9?7", pool="drama").number.digits[-3::2] == "97"
        assert claim_any(tree).number.digits.startswith("441632960")

    def test_two_get_two(self, tree):
        """
        Ten claims that fit ten numbers take them all, and the next finds none.
        """
        got = {claim_any(tree, like="*00?").number for _ in range(10)}
        assert len(got) == 10
        with pytest.raises(NotFound, match=r"no free number in any pool fits \*00\?"):
            claim_any(tree, like="*00?")
        with pytest.raises(NotFound, match="no free number in pool drama"):
            claim_any(tree, like="*00?", pool="drama")

    def test_numbers_free_again_are_taken_last(self, tree):
        """
        A number that was held or released goes out when nothing else is left.
        """
        with tree.change(Actor("cli", "test"), NOW_S - 91 * DAY_S) as change:
            numbers.claim(change, Number("441632960001"), BEN)
            numbers.release(change, Number("441632960001"))
        got = [claim_any(tree, like="*00?").number.digits[-1] for _ in range(10)]
        assert got[-1] == "1"

    def test_pools_of_several_zones_are_searched(self, tree):
        """
        Where the first pool has nothing, the next is asked.
        """
        with tree.change(Actor("cli", "test"), NOW_S) as change:
            zone = zones.add(change, Apex(parse_name("a.example.org"), "49"))
            pools.add(change, "tiny", zone, Number("4930"), Number("4930"))
        assert claim_any(tree, like="49*").zone == "a.example.org."
        assert claim_any(tree).zone == "enum.example.org."

    def test_picking_is_a_few_statements(self, tree, statements):
        """
        Whatever is taken already.
        """
        claim_any(tree)
        with statements(tree) as sent:
            claim_any(tree)
        assert len(sent) <= 15


class TestRelease:
    """Given back, and closed for ninety days."""

    def test_a_released_number_is_closed_to_the_second(self, tree):
        """
        Ninety days nobody gets it; then it is free.
        """
        claim(tree)
        record = release(tree)
        assert (record.state, record.until_s) == (State.RELEASED, NOW_S + 90 * DAY_S)
        assert (record.in_zone, record.holder) == (False, ADA)
        with pytest.raises(Conflict, match="in quarantine until 2027-02-16 11:06:40Z"):
            claim(tree, NOW_S + 90 * DAY_S - 1, BEN)
        assert claim(tree, NOW_S + 90 * DAY_S, BEN).holder == BEN

    def test_a_quarantine_can_be_none(self, url):
        """
        A policy without quarantine frees the number at once.
        """
        with Registry.create(url, Policy(quarantine_s=0)) as registry:
            with registry.change(Actor("cli", "test"), NOW_S) as change:
                zones.add(change, Apex(parse_name("enum.example.org"), "44"))
            claim(registry)
            assert release(registry).state is State.FREE

    def test_the_former_holder_comes_back_with_the_code(self, tree):
        """
        The code and the holder both have to be right, and there is a new code afterwards.
        """
        code = claim(tree).recovery_code
        release(tree)
        with pytest.raises(VerificationFailed, match="not the recovery code"):
            claim(tree, recovery_code="0000-0000-0000")
        with pytest.raises(NotPermitted, match="former holder"):
            claim(tree, holder=BEN, recovery_code=code)
        with pytest.raises(Conflict, match="quarantine"):
            claim(tree)
        again = claim(tree, recovery_code=code.lower())
        assert again.recovery_code != code
        with pytest.raises(VerificationFailed):
            release(tree, code=code)

    def test_the_holder_releases_with_the_code(self, tree):
        """
        A code that is given has to be right.
        """
        code = claim(tree).recovery_code
        with pytest.raises(VerificationFailed):
            release(tree, code="7KQ2-MM4T-XP01")
        assert release(tree, code=code).state is State.RELEASED

    def test_a_number_without_a_code_is_released_by_the_registry_alone(self, tree):
        """
        An imported number has no code, so no code is right.
        """
        claim(tree)
        with tree.change(Actor("cli", "test"), NOW_S) as change:
            change.session.scalars(select(NumberRow)).one().recovery = None
        with pytest.raises(VerificationFailed, match="no recovery code"):
            release(tree, code="7KQ2-MM4T-XP01")
        assert release(tree).state is State.RELEASED

    def test_endpoints_go_and_the_log_keeps_them(self, tree):
        """
        What led to the former holder never leads there again.
        """
        claim(tree)
        with tree.change(Actor("cli", "test"), NOW_S) as change:
            endpoints.add(change, NUMBER, Endpoint.parse("sip", "sip:ada@example.net", 10))
        release(tree)
        action, _, before, after = log(tree)[-1]
        assert action == "number.release"
        assert '"endpoints":[[10,"sip","sip:ada@example.net"]]' in before
        assert "endpoints" not in after
        with tree.read() as session:
            assert endpoints.listing(session, NUMBER, NOW_S) == ()

    @pytest.mark.parametrize("verb", ["release", "suspend", "transfer"])
    def test_what_nobody_has_cannot_be_given_back(self, tree, verb):
        """
        Free, held and released numbers are not claimed, and the error says what they are.
        """
        acts = {
            "release": lambda change: numbers.release(change, NUMBER),
            "suspend": lambda change: numbers.suspend(change, NUMBER, "why"),
            "transfer": lambda change: tenure.transfer(change, NUMBER, BEN),
        }

        def act():
            with tree.change(Actor("cli", "test"), NOW_S) as change:
                acts[verb](change)

        with pytest.raises(NotFound, match="nobody has claimed"):
            act()
        held = hold(tree)
        with pytest.raises(Conflict, match="is held until"):
            act()
        claim(tree, hold_token=held.token)
        release(tree)
        with pytest.raises(Conflict, match="in quarantine until"):
            act()


class TestSuspend:
    """Silenced, and heard again."""

    def test_a_suspended_number_stays_its_holders_and_silent(self, tree):
        """
        It is in the zone without its endpoints, nobody can claim it, and why is known.
        """
        claim(tree)
        with tree.change(Actor("cli", "test"), NOW_S) as change:
            record = numbers.suspend(change, NUMBER, " court order ")
        assert (record.state, record.suspended_why) == (State.SUSPENDED, "court order")
        assert record.in_zone
        assert not record.state.reachable
        with pytest.raises(Conflict, match="suspended: court order"):
            claim(tree, holder=BEN)
        with tree.change(Actor("cli", "test"), NOW_S) as change:
            record = numbers.resume(change, NUMBER)
        assert (record.state, record.suspended_why, record.holder) == (State.CLAIMED, None, ADA)
        assert [entry[0] for entry in log(tree)[1:]] == ["number.suspend", "number.resume"]

    def test_a_suspended_number_is_released_without_answering_in_between(self, tree):
        """
        From silent it goes into quarantine; the log says what it was, and by whose right.
        """
        claim(tree)
        with tree.change(Actor("cli", "test"), NOW_S) as change:
            numbers.suspend(change, NUMBER, "court order")

        assert release(tree).state is State.RELEASED
        action, _, before, after = log(tree)[-1]
        assert action == "number.release"
        assert json.loads(before)["state"] == "suspended"
        assert json.loads(after)["by"] == "operator"

    def test_a_reason_is_needed(self, tree):
        """
        Nobody is silenced without one.
        """
        claim(tree)
        with (
            pytest.raises(PolicyRefused, match="reason"),
            tree.change(Actor("cli", "test"), NOW_S) as change,
        ):
            numbers.suspend(change, NUMBER, " ")

    def test_only_what_is_suspended_is_resumed(self, tree):
        """
        The error says what it is instead.
        """
        with pytest.raises(Conflict, match="is free, not suspended"):
            self.resume(tree)
        claim(tree)
        with pytest.raises(Conflict, match=r"is claimed since .*, not suspended"):
            self.resume(tree)

    def resume(self, registry):
        """Resume the number."""
        with registry.change(Actor("cli", "test"), NOW_S) as change:
            numbers.resume(change, NUMBER)


class TestTransfer:
    """Moved to another holder."""

    def test_a_number_moves_with_its_endpoints(self, tree):
        """
        The new holder gets a new code, the old one no longer fits.
        """
        code = claim(tree, not_after_s=NOW_S + 9).recovery_code
        with tree.change(Actor("cli", "test"), NOW_S) as change:
            endpoints.add(change, NUMBER, Endpoint.parse("sip", "sip:ada@example.net", 10))
            with pytest.raises(VerificationFailed):
                tenure.transfer(change, NUMBER, BEN, "0000-0000-0000")
            moved = tenure.transfer(change, NUMBER, BEN, code)
        assert (moved.holder, moved.not_after_s, moved.claimed_s) == (BEN, NOW_S + 9, NOW_S)
        with tree.read() as session:
            assert len(endpoints.listing(session, NUMBER, NOW_S)) == 1
        with pytest.raises(VerificationFailed):
            release(tree, code=code)
        release(tree, code=moved.recovery_code)

    def test_the_registry_moves_without_a_code(self, tree):
        """
        An act of the operator needs no code of the holder.
        """
        claim(tree)
        with tree.change(Actor("cli", "test"), NOW_S) as change:
            assert tenure.transfer(change, NUMBER, BEN).holder == BEN


class TestShow:
    """What the registry knows."""

    def test_a_number_nobody_touched_is_free(self, tree):
        """
        In its zone and pool, and in no pool where it lies in none.
        """
        record = show(tree)
        assert (record.state, record.pool, record.in_zone) == (State.FREE, "drama", False)
        assert show(tree, number=Number("442079460000")).pool is None

    def test_the_zone_can_be_named(self, tree):
        """
        Two trees for one number are told apart by their apex.
        """
        with tree.change(Actor("cli", "test"), NOW_S) as change:
            zones.add(change, Apex(parse_name("other.example.org"), "44"))
            apex = parse_name("other.example.org")
            numbers.claim(change, NUMBER, BEN, apex=apex)
        with tree.read() as session:
            assert numbers.show(session, NUMBER, NOW_S, apex).holder == BEN
            ours = parse_name("enum.example.org")
            assert numbers.show(session, NUMBER, NOW_S, ours).state is State.FREE
