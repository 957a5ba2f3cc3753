"""The registry of a home is opened as its configuration says."""

import pytest

from enumd.errors import RegistryUnusable
from enumd.operations.home import Home
from enumd.operations.opening import open_registry, policy_of, reading
from enumd.registry.changes import Actor


def test_the_policy_is_that_of_the_configuration(tmp_path):
    """Days become seconds, limits stay."""
    (tmp_path / "enumd.toml").write_text(
        "[policy]\nquarantine_days = 2\nhold_s = 60\nmax_endpoints = 3\n"
        "[numbers]\nmax_digits = 20\n"
    )
    policy = policy_of(Home(tmp_path).config)

    assert (
        policy.hold_s,
        policy.quarantine_s,
        policy.max_digits,
        policy.max_endpoints,
    ) == (60, 172_800, 20, 3)


@pytest.mark.parametrize("opened", [open_registry, reading])
def test_without_a_registry_the_way_to_one_is_told(tmp_path, opened):
    """Neither way in makes a registry that is not there."""
    with pytest.raises(RegistryUnusable, match="there is no registry at"), opened(Home(tmp_path)):
        pass
    assert list(tmp_path.iterdir()) == []


def test_what_is_read_needs_no_lock(home):
    """A reader sees one moment while somebody changes something."""
    with (
        open_registry(home) as registry,
        registry.change(Actor(None, "test"), home.now_s),
        reading(home),
    ):
        pass
