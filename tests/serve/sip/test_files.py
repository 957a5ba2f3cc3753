"""Files of the SIP service, and who may read them."""

from __future__ import annotations

import pytest

from enumd.errors import ConfigError
from enumd.serve.sip.files import read_file, read_secret


def refusal(read, *arguments) -> str:
    """Return why a file is refused."""
    with pytest.raises(ConfigError) as caught:
        read(*arguments)
    return str(caught.value)


def test_a_relative_name_is_one_in_the_home(tmp_path):
    """Names count from the home; absolute ones stand for themselves."""
    (tmp_path / "a.pem").write_bytes(b"here")

    assert read_file(tmp_path, "a.pem", "sip.key") == b"here"
    assert read_file(tmp_path / "elsewhere", str(tmp_path / "a.pem"), "sip.key") == b"here"


def test_a_file_that_is_missing_is_named(tmp_path):
    """The error says which setting, which file, and why."""
    assert refusal(read_file, tmp_path, "", "sip.key") == "sip.key: is needed: the name of a file"
    got = refusal(read_file, tmp_path, "a.pem", "sip.key")
    assert got == "sip.key: 'a.pem' cannot be read: No such file or directory"


@pytest.mark.parametrize(
    ("mode", "fine"), [(0o600, True), (0o640, True), (0o644, False), (0o660, False)]
)
def test_a_secret_is_closed_to_others(tmp_path, mode, fine):
    """The owner and a group that may read it: nobody else."""
    path = tmp_path / "secret"
    path.write_text("s")
    path.chmod(mode)

    if fine:
        assert read_secret(tmp_path, "secret", "sip.key") == "s"
    else:
        want = f"sip.key: 'secret' is open to others (mode {mode:04o}): chmod 600"
        assert refusal(read_secret, tmp_path, "secret", "sip.key") == want


def test_a_secret_is_text(tmp_path):
    """Octets that are no UTF-8 are refused."""
    (tmp_path / "secret").write_bytes(b"\xff")
    (tmp_path / "secret").chmod(0o600)

    assert refusal(read_secret, tmp_path, "secret", "k") == "k: 'secret' is no UTF-8 text"
