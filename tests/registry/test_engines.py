"""How the database of a registry is reached; what it does there stands in `test_database`."""

import pytest
from sqlalchemy.exc import OperationalError

from enumd.errors import RegistryUnusable
from enumd.registry.engines import explaining, is_file, open_engine, read_url, show_place


@pytest.mark.parametrize(
    ("url", "driver", "shown"),
    [
        ("sqlite:////srv/registry.db", "sqlite+pysqlite", "/srv/registry.db"),
        ("postgresql://ada@db/enumd", "postgresql+psycopg", "postgresql+psycopg://ada@db/enumd"),
        (
            "postgres://ada:s@db/enumd",
            "postgresql+psycopg",
            "postgresql+psycopg://ada:***@db/enumd",
        ),
    ],
)
def test_a_url_gets_our_driver_and_is_shown_without_password(url, driver, shown):
    """A file is shown by its path."""
    target = read_url(url)

    assert (target.drivername, show_place(target)) == (driver, shown)
    assert is_file(target) is url.startswith("sqlite")


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://db/enumd", "enumd"])
def test_where_no_registry_can_be_is_refused(url):
    """Memory would be lost, and other databases are not ours; the advice says what a url is."""
    with pytest.raises(RegistryUnusable) as refused:
        read_url(url)
    assert "sqlite:////path/registry.db" in refused.value.advice


def test_what_a_database_says_is_told_with_its_place(tmp_path):
    """Errors of others go through as they are; an engine that is given is closed."""
    target = read_url(f"sqlite:///{tmp_path}/registry.db")
    engine = open_engine(target)
    with (
        pytest.raises(RegistryUnusable, match=r"registry\.db: .*no such table"),
        explaining(target, engine),
        engine.begin() as connection,
    ):
        connection.exec_driver_sql("SELECT * FROM nowhere")
    with pytest.raises(KeyError), explaining(target):
        raise KeyError
    with pytest.raises(RegistryUnusable), explaining(target):
        raise OperationalError("SELECT 1", {}, Exception("out of luck"))
