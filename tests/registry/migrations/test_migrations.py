"""The history of the schema."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text

from enumd.registry import engines
from enumd.registry.database import Registry
from enumd.registry.migrations import HEAD, REVISIONS, configuration
from enumd.registry.schema import Row


def test_the_scripts_are_the_revisions_that_are_known():
    """
    The list in the code and the chain of scripts are the same, oldest first.
    """
    scripts = ScriptDirectory.from_config(configuration())
    chain = [script.revision for script in scripts.walk_revisions()]
    assert list(REVISIONS) == chain[::-1]
    assert scripts.get_heads() == [HEAD]


def test_the_migrations_make_the_tables_of_the_schema(url):
    """
    What the migrations built differs in nothing from what the code expects.
    """
    Registry.create(url).close()
    engine = create_engine(engines.read_url(url))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Row.metadata) == []
    engine.dispose()


@pytest.mark.peer
def test_columns_carry_their_comments_on_postgresql(cluster):
    """
    Who looks at the database finds the units and meanings there; SQLite keeps no comments.
    """
    engine = create_engine(engines.read_url(cluster.new(cluster.template)))
    comments = {each["name"]: each["comment"] for each in inspect(engine).get_columns("number")}
    engine.dispose()
    assert comments["digits"] == "the whole number, without the plus"


@pytest.mark.parametrize("check", ["ck_number_state", "uq_number_zone_id_digits"])
def test_constraints_have_their_names_in_the_database(url, check):
    """
    An error names the rule by the name it has in the schema.
    """
    Registry.create(url).close()
    engine = create_engine(engines.read_url(url))
    found = inspect(engine)
    names = {each["name"] for each in found.get_check_constraints("number")}
    names |= {each["name"] for each in found.get_unique_constraints("number")}
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == HEAD
    engine.dispose()
    assert check in names
