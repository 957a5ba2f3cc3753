"""Any life of a few numbers, against a model, with a clock of its own.

The model is a dictionary and the table of states: whatever the registry does in any order of verbs,
at any distance in time, it must be what the model says. The laws span `numbers`, `endpoints` and
`lifecycle`.
"""

import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    rule,
)
from sqlalchemy import func, select

from enumd.core.apex import Apex, parse_name
from enumd.core.endpoint import Endpoint
from enumd.core.number import Number
from enumd.errors import Conflict, NotFound, RegistryError, VerificationFailed
from enumd.registry import endpoints, free, numbers, pools, zones
from enumd.registry.changes import Actor
from enumd.registry.database import Registry
from enumd.registry.lifecycle import Policy, State
from enumd.registry.schema import ChangeRow, ZoneRow

DIGITS = [f"44163296001{place}" for place in range(3)]
PEOPLE = ["ada@example.net", "ben@example.net"]
POLICY = Policy(hold_s=100, quarantine_s=1000)


@dataclass
class Life:
    """What the model knows of one number."""

    state: str = "free"
    until_s: int | None = None
    not_after_s: int | None = None
    holder: str | None = None
    code: str | None = None
    held_by: set = field(default_factory=set)
    uris: list = field(default_factory=list)

    def at(self, now_s):
        """Let time pass."""
        if self.state in ("claimed", "suspended") and 0 < (self.not_after_s or 0) <= now_s:
            self.state, self.until_s = "released", self.not_after_s + POLICY.quarantine_s
            self.not_after_s, self.uris = None, []
        if self.until_s is not None and now_s >= self.until_s:
            self.state, self.until_s, self.holder, self.code = "free", None, None, None
        return self


class Lives(RuleBasedStateMachine):
    """Verbs in any order, on three numbers, by two people."""

    tokens = Bundle("tokens")
    numbers_ = st.sampled_from(DIGITS)
    people = st.sampled_from(PEOPLE)

    def __init__(self):
        """Make a registry and an empty model."""
        super().__init__()
        self.home = tempfile.TemporaryDirectory(prefix="enumd-life-")
        url = f"sqlite:///{Path(self.home.name)}/registry.db"
        self.registry = Registry.create(url, POLICY)
        self.now_s = 1_795_000_000
        self.lives = {digits: Life() for digits in DIGITS}

    def teardown(self):
        """Close the registry."""
        self.registry.close()
        self.home.cleanup()

    @initialize()
    def begin(self):
        """Make the zone and a pool of three numbers."""
        self.act(self._begin)

    @staticmethod
    def _begin(change):
        zone = zones.add(change, Apex(parse_name("enum.example.org"), "44"))
        pools.add(change, "three", zone, Number(DIGITS[0]), Number(DIGITS[-1]))

    def act(self, work):
        """Do something in one transaction, now."""
        with self.registry.change(Actor("machine", "test"), self.now_s) as change:
            return work(change)

    def life(self, digits):
        """Return the life of a number, now."""
        return self.lives[digits].at(self.now_s)

    @rule(seconds=st.sampled_from([1, 99, 100, 900, 1000]))
    def wait(self, seconds):
        """Let time pass."""
        self.now_s += seconds

    @rule(target=tokens, digits=numbers_, who=people)
    def hold(self, digits, who):
        """Hold a number: when it is free, and once."""
        life = self.life(digits)
        if life.state != "free" or who in life.held_by:
            with pytest.raises(RegistryError):
                self.act(lambda change: numbers.hold(change, Number(digits), who))
            return digits, None
        held = self.act(lambda change: numbers.hold(change, Number(digits), who))
        assert held.until_s == self.now_s + 100
        life.state, life.until_s = "held", held.until_s
        life.held_by.add(who)
        return digits, held.token

    @rule(digits=numbers_, who=people, seconds=st.sampled_from([None, 50]))
    def claim(self, digits, who, seconds):
        """Claim a number with nothing to show."""
        life = self.life(digits)
        not_after_s = seconds and self.now_s + seconds

        def work(change):
            return numbers.claim(change, Number(digits), who, not_after_s=not_after_s)

        if life.state != "free":
            with pytest.raises(Conflict):
                self.act(work)
            return
        self.claimed(life, who, self.act(work), not_after_s)

    @rule(held=consumes(tokens), who=people)
    def claim_held(self, held, who):
        """Claim a number with the token of a hold, this one's or an older one's."""
        digits, token = held
        life = self.life(digits)

        def work(change):
            return numbers.claim(change, Number(digits), who, hold_token=token or "h_none")

        try:
            got = self.act(work)
        except VerificationFailed:
            assert life.state == "held"
        except Conflict:
            assert life.state not in ("free", "held")
        else:
            assert life.state in ("free", "held")
            self.claimed(life, who, got, None)

    @rule(who=people)
    def claim_any(self, who):
        """Claim whatever is free."""
        free = {digits for digits in DIGITS if self.life(digits).state == "free"}

        def work(change):
            return numbers.claim_any(change, who)

        if not free:
            with pytest.raises(NotFound):
                self.act(work)
            return
        got = self.act(work)
        assert got.number.digits in free
        self.claimed(self.life(got.number.digits), who, got, None)

    def claimed(self, life, who, got, not_after_s):
        """Note a claim in the model."""
        assert got.holder == who
        life.state, life.until_s, life.holder, life.code = "claimed", None, who, got.recovery_code
        life.not_after_s, life.uris = not_after_s, []
        life.held_by.clear()

    @rule(digits=numbers_, who=people, right=st.booleans())
    def claim_back(self, digits, who, right):
        """Claim a number in quarantine with a code."""
        life = self.life(digits)
        if life.state != "released":
            return
        code = life.code if right else "0000-0000-0000"

        def work(change):
            return numbers.claim(change, Number(digits), who, recovery_code=code)

        if not right or who != life.holder:
            with pytest.raises(RegistryError):
                self.act(work)
            return
        self.claimed(life, who, self.act(work), None)

    @rule(digits=numbers_, coded=st.booleans())
    def release(self, digits, coded):
        """Give a number back, as its holder or as the registry."""
        life = self.life(digits)

        def work(change):
            return numbers.release(change, Number(digits), life.code if coded else None)

        if life.state not in ("claimed", "suspended"):
            with pytest.raises(RegistryError):
                self.act(work)
            return
        self.act(work)
        life.state, life.until_s, life.uris = "released", self.now_s + 1000, []
        life.not_after_s = None

    @rule(digits=numbers_)
    def suspend(self, digits):
        """Silence a number."""
        life = self.life(digits)
        if life.state != "claimed":
            with pytest.raises(RegistryError):
                self.act(lambda change: numbers.suspend(change, Number(digits), "why"))
            return
        self.act(lambda change: numbers.suspend(change, Number(digits), "why"))
        life.state = "suspended"

    @rule(digits=numbers_)
    def resume(self, digits):
        """Let a number be heard again."""
        life = self.life(digits)
        if life.state != "suspended":
            with pytest.raises(Conflict):
                self.act(lambda change: numbers.resume(change, Number(digits)))
            return
        self.act(lambda change: numbers.resume(change, Number(digits)))
        life.state = "claimed"

    @rule(digits=numbers_, name=st.sampled_from("abc"))
    def add_endpoint(self, digits, name):
        """Add a way to be reached."""
        life = self.life(digits)
        uri = f"sip:{name}@example.net"
        endpoint = Endpoint.parse("sip", uri, 10 + ord(name))
        if life.state != "claimed" or uri in life.uris:
            with pytest.raises(RegistryError):
                self.act(lambda change: endpoints.add(change, Number(digits), endpoint))
            return
        self.act(lambda change: endpoints.add(change, Number(digits), endpoint))
        life.uris = sorted([*life.uris, uri])

    @invariant()
    def the_registry_is_what_the_model_says(self):
        """State, holder, endpoints and presence in the zone agree, now."""
        with self.registry.read() as session:
            if not session.scalar(select(func.count()).select_from(ZoneRow)):
                return
            for digits in DIGITS:
                life = self.life(digits)
                shown = numbers.show(session, Number(digits), self.now_s)
                assert shown.state == life.state
                assert shown.until_s == life.until_s
                listed = endpoints.listing(session, Number(digits), self.now_s)
                assert [each.uri.text for each in listed] == life.uris
                assert shown.in_zone is (life.state in ("claimed", "suspended"))
                if life.state in ("claimed", "suspended", "released"):
                    assert shown.holder == life.holder
            figures = pools.show(session, "three", self.now_s)
            counted = {
                State.FREE: figures.free,
                State.HELD: figures.held,
                State.CLAIMED: figures.claimed,
                State.SUSPENDED: figures.suspended,
                State.RELEASED: figures.quarantined,
            }
            for state, count in counted.items():
                assert count == sum(life.state == state for life in self.lives.values())
            found = free.find(session, now_s=self.now_s)
            assert {each.number.digits for each in found} == {
                digits for digits in DIGITS if self.lives[digits].state == "free"
            }
            serial = session.scalar(select(func.max(ChangeRow.serial)))
            assert serial == session.scalar(select(ZoneRow.serial))


Lives.TestCase.settings = settings(
    max_examples=15,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


class TestLives(Lives.TestCase):
    """Any life is the one the model says."""
