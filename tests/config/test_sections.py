"""The tables of enumd.toml as values."""

from __future__ import annotations

from enumd.config import Config, RegistrySettings


def test_what_lives_in_the_home_is_below_it(tmp_path):
    """Registry and index stand in the home, unless the registry has a URL of its own."""
    elsewhere = RegistrySettings("postgresql+psycopg://enumd@db/enumd")

    assert Config(tmp_path).registry_url == f"sqlite:///{tmp_path}/registry.db"
    assert Config(tmp_path, elsewhere).registry_url == elsewhere.url
    assert Config(tmp_path).index_path == tmp_path / "index"
