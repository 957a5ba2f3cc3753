"""Many people at once, and the power going off.

These laws span `numbers`, `changes` and `database`; they are proven with processes, because threads
of one interpreter take turns anyway.
"""

import multiprocessing
import os
import random
import signal
import subprocess
import sys
import threading
import time

import pytest
from sqlalchemy import func, select, text

from enumd.core.apex import Apex, parse_name
from enumd.core.number import Number
from enumd.errors import Conflict, EnumdError
from enumd.registry import numbers, pools, zones
from enumd.registry.changes import Actor
from enumd.registry.database import Registry
from enumd.registry.schema import ChangeRow, NumberRow, TallyRow, ZoneRow

NOW_S = 1_795_000_000
NUMBER = Number("441632960017")
CLAIMERS = 8


def claim_one(url, barrier, results, place):
    """Claim the one number everybody wants."""
    with Registry.open(url) as registry:
        barrier.wait(30)
        try:
            with registry.change(Actor(f"p{place}", "test"), NOW_S + place) as change:
                got = numbers.claim(change, NUMBER, f"p{place}@example.net")
            results.put((place, "won", got.holder))
        except Conflict as error:
            results.put((place, "lost", str(error)))


def claim_some(url, barrier, results, place):
    """Claim five numbers of a pool that has just enough for all."""
    with Registry.open(url) as registry:
        barrier.wait(30)
        for _ in range(5):
            with registry.change(Actor(f"p{place}", "test"), NOW_S) as change:
                got = numbers.claim_any(change, f"p{place}@example.net", like="*00??")
            results.put(got.number.digits)


def hold_one(url, barrier, results, place):
    """Hold the one number everybody wants."""
    with Registry.open(url) as registry:
        barrier.wait(30)
        try:
            with registry.change(Actor(f"p{place}", "test"), NOW_S) as change:
                results.put(numbers.hold(change, NUMBER).token)
        except Conflict as error:
            results.put(str(error))


def together(work, url, results_each=1):
    """Run *work* in many processes that start at the same moment, and return what they said."""
    spawn = multiprocessing.get_context("spawn")
    barrier, results = spawn.Barrier(CLAIMERS), spawn.Queue()
    processes = [
        spawn.Process(target=work, args=(url, barrier, results, place), daemon=True)
        for place in range(CLAIMERS)
    ]
    for process in processes:
        process.start()
    said = [results.get(timeout=60) for _ in range(CLAIMERS * results_each)]
    for process in processes:
        process.join(30)
    assert [process.exitcode for process in processes] == [0] * CLAIMERS
    return said


@pytest.fixture
def place(url):
    """Give the url of a registry with one zone and the pools of these tests."""
    with (
        Registry.create(url) as registry,
        registry.change(Actor("operator", "test"), NOW_S) as change,
    ):
        zone = zones.add(change, Apex(parse_name("enum.example.org"), "44"))
        pools.add(change, "drama", zone, Number("441632960000"), Number("441632969999"))
    return url


def assert_consistent(registry):
    """Assert what holds after anything: log, serial, tally and rows tell the same story."""
    with registry.read() as session:
        zone = session.scalars(select(ZoneRow)).one()
        assert zone.serial == session.scalar(select(func.max(ChangeRow.serial)))
        counted = session.scalar(select(func.coalesce(func.sum(TallyRow.touched), 0)))
        assert counted == session.scalar(select(func.count()).select_from(NumberRow))
        logged = set(session.scalars(select(ChangeRow.digits).where(ChangeRow.digits.is_not(None))))
        assert logged == set(session.scalars(select(NumberRow.digits)))
        serials = session.execute(
            select(ChangeRow.serial, func.count(ChangeRow.party.distinct()))
            .where(ChangeRow.zone_id == zone.id)
            .group_by(ChangeRow.serial)
        ).all()
        assert [serial for serial, _ in sorted(serials)] == list(range(1, zone.serial + 1))
        assert {actors for _, actors in serials} == {1}


@pytest.mark.parametrize("registry", ["sqlite"], indirect=True)
def test_fifty_claimers_all_get_their_turn(tree, tmp_path):
    """
    Of fifty that want one number one wins, the others learn that it is taken, and none gives up.
    """
    said = []

    def work(place):
        with Registry.open(f"sqlite:///{tmp_path}/registry.db") as registry:
            try:
                with registry.change(Actor(f"p{place}", "test"), NOW_S) as change:
                    numbers.claim(change, NUMBER, f"p{place}@example.net")
                said.append("won")
            except EnumdError as error:
                said.append(type(error).__name__)

    threads = [threading.Thread(target=work, args=(place,)) for place in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(110)
    assert sorted(said) == ["Conflict"] * 49 + ["won"]


def test_of_many_claimers_of_one_number_exactly_one_wins(place):
    """
    The others learn since when it is taken, and that is when the winner took it.
    """
    said = together(claim_one, place)
    (winner,) = [(who, holder) for who, what, holder in said if what == "won"]
    with Registry.open(place) as registry:
        with registry.read() as session:
            record = numbers.show(session, NUMBER, NOW_S + 99)
        assert record.holder == winner[1]
        assert record.claimed_s == NOW_S + winner[0]
        since = f"+{NUMBER.digits} is claimed since 2026-11-18 11:06:{40 + winner[0]}Z"
        assert {text for _, what, text in said if what == "lost"} == {since}
        assert_consistent(registry)


def test_many_that_claim_any_get_distinct_numbers(place):
    """
    Forty claims in eight processes get forty numbers out of a hundred that fit.
    """
    got = together(claim_some, place, 5)
    assert len(got) == len(set(got)) == 5 * CLAIMERS
    assert all(digits[-4:-2] == "00" for digits in got)
    with Registry.open(place) as registry:
        assert_consistent(registry)


def test_of_many_that_hold_one_number_exactly_one_has_it(place):
    """
    A hold is won once, too.
    """
    said = together(hold_one, place)
    assert len([each for each in said if each.startswith("h_")]) == 1
    assert len([each for each in said if "is held until" in each]) == CLAIMERS - 1


CLAIMER = """
import sys
from enumd.registry import numbers
from enumd.registry.changes import Actor
from enumd.registry.database import Registry
with Registry.open(sys.argv[1]) as registry:
    print("ready", flush=True)
    while True:
        with registry.change(Actor("claimer", "test"), 1_795_000_000) as change:
            got = numbers.claim_any(change, "ada@example.net")
        print(got.number.digits, flush=True)
"""


def claims_until_killed(url, after_s):
    """Claim numbers in another process, kill it, and return what it was told it has."""
    claimer = subprocess.Popen(
        [sys.executable, "-c", CLAIMER, url],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    try:
        assert claimer.stdout.readline() == "ready\n"
        time.sleep(after_s)
    finally:
        claimer.send_signal(signal.SIGKILL)
    said, _ = claimer.communicate(timeout=30)
    return [line for line in said.splitlines(keepends=True) if line.endswith("\n")]


def test_a_killed_claimer_loses_nothing_it_was_told(place):
    """
    SIGKILL at any moment: every claim that was acknowledged is there, and nothing is half done.
    """
    chance = random.Random(2)
    told = []
    for _ in range(4):
        told += claims_until_killed(place, chance.uniform(0.0, 0.4))
    assert told
    with Registry.open(place) as registry:
        with registry.read() as session:
            if session.get_bind().dialect.name == "sqlite":
                assert session.scalar(text("PRAGMA integrity_check")) == "ok"
                assert session.execute(text("PRAGMA foreign_key_check")).all() == []
            kept = set(session.scalars(select(NumberRow.digits)))
        assert {line.strip() for line in told} <= kept
        # At most the one claim a kill came upon between commit and acknowledgement is more.
        assert len(kept) <= len(told) + 4
        assert_consistent(registry)
        with registry.change(Actor("operator", "test"), NOW_S) as change:
            assert numbers.claim_any(change, "ben@example.net").holder == "ben@example.net"
