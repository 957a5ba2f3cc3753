"""A home knows its configuration and what time it is."""

import pytest

from enumd.errors import ConfigError
from enumd.operations.home import Home


def test_the_configuration_is_that_of_the_directory(tmp_path):
    """It is read once."""
    (tmp_path / "enumd.toml").write_text("[zone]\nttl_s = 77\n")
    home = Home(tmp_path)

    assert home.config.zone.ttl_s == 77
    (tmp_path / "enumd.toml").write_text("[zone]\nttl_s = 78\n")
    assert home.config.zone.ttl_s == 77


def test_a_broken_configuration_is_refused(tmp_path):
    """Nothing is guessed."""
    (tmp_path / "enumd.toml").write_text("[zone]\nttl = 77\n")

    with pytest.raises(ConfigError):
        Home(tmp_path).config  # noqa: B018


def test_the_second_is_that_of_its_clock(tmp_path):
    """A clock can be passed in; what it says is cut to the second."""
    assert Home(tmp_path, lambda: 17.9).now_s == 17
