"""A home made with its first zone, and a registry brought up to this program."""

from __future__ import annotations

import os

from enumd.config import FILE_NAME
from enumd.config.writing import example
from enumd.core.apex import parse_name
from enumd.errors import Conflict, RegistryUnusable
from enumd.operations.changing import change
from enumd.operations.desk import Deed, Desk
from enumd.operations.home import Home
from enumd.operations.opening import policy_of, reading
from enumd.operations.performed import Performed
from enumd.operations.pool import AddPool
from enumd.operations.setup import HomeMade, MakeHome, SchemaUpgraded, UpgradeRegistry
from enumd.operations.work import pool, zone
from enumd.operations.zone import AddZone
from enumd.registry import zones
from enumd.registry.database import Registry
from enumd.registry.upgrade import upgrade as bring_up


def make(desk: Desk, request: MakeHome) -> Performed[HomeMade]:
    """Make a home, a registry in it, and its first zone with pools; publish that.

    Raises:
        Conflict: there is a registry already, or one was here and its index still is.
    """
    _make_directory(desk.home)
    _make_registry(desk.home)

    def fill(deed: Deed) -> HomeMade:
        added = zone.add(deed, AddZone(request.apex, request.prefix, request.name_servers))
        for one in request.pools:
            pool.add(deed, AddPool(one.name, one.first, one.last, added.zone))
        row = zones.show(deed.session, parse_name(added.zone))
        names = tuple(one.name for one in request.pools)
        return HomeMade(str(desk.home.path), row.apex, row.prefix, row.serial, names)

    return change(desk, fill)


def upgrade(desk: Desk, request: UpgradeRegistry) -> Performed[SchemaUpgraded]:
    """Bring the schema of the registry up to this program."""
    done = bring_up(desk.home.config.registry_url)
    copy = str(done.copy) if done.copy else None
    return Performed(SchemaUpgraded(done.from_revision, done.to_revision, copy))


def _make_directory(home: Home) -> None:
    """Make the directory, for its owner alone, and a configuration that explains itself."""
    # A registry that the environment names is this home's from now on.
    given = {"registry.url": home.config.registry.url}
    home.path.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = home.path / FILE_NAME
    if not path.exists():
        # For its owner alone before anything is in it: a url may hold a password.
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as stream:
            stream.write(example({key: value for key, value in given.items() if value}).encode())


def _make_registry(home: Home) -> None:
    """Make the registry; one that has no zone yet, from an init that failed, will do."""
    _refuse_second(home)
    try:
        Registry.create(home.config.registry_url, policy_of(home.config)).close()
    except Conflict:
        with reading(home) as session:
            if zones.listing(session):
                raise


def _refuse_second(home: Home) -> None:
    """Raise Conflict where numbers are published from a registry that cannot be found."""
    index = home.config.index_path
    if not index.is_dir() or not any(index.iterdir()):
        return
    try:
        with reading(home):
            return
    except RegistryUnusable as error:
        raise Conflict(f"{index} is published from a registry that is not there: {error}").advise(
            "Bring that registry back from its backup, or correct the url under [registry]. Where "
            "its numbers are to be given up, move the index elsewhere first."
        ) from None
