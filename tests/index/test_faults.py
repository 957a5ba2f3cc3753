"""enumd.index.faults: LMDB's errors as ours."""

from pathlib import Path

import lmdb
import pytest

from enumd.errors import IndexDamaged, IndexForeign, IndexUnreachable
from enumd.index.faults import fault, translate_faults


@pytest.mark.parametrize(
    ("error", "ours"),
    [
        (lmdb.CorruptedError("torn"), IndexDamaged),
        (lmdb.PageNotFoundError("torn"), IndexDamaged),
        (lmdb.VersionMismatchError("old"), IndexForeign),
        (lmdb.DiskError("full"), IndexUnreachable),
        (lmdb.Error("Permission denied"), IndexUnreachable),
    ],
)
def test_what_an_error_means(error, ours):
    """Damage, foreign files and refusals are told apart; path and LMDB's words are in the text."""
    found = fault(Path("/there"), error)
    assert type(found) is ours
    assert "/there" in str(found)
    assert str(error) in str(found)


def test_translation_in_a_block():
    """LMDB's errors leave a block as ours, all else as it is."""
    with pytest.raises(IndexUnreachable), translate_faults(Path("/there")):
        raise lmdb.Error("no")
    with pytest.raises(KeyError), translate_faults(Path("/there")):
        raise KeyError
    with translate_faults(Path("/there")):
        pass
