"""Giving root up."""

from __future__ import annotations

import os
import pwd

import pytest

from enumd.errors import ConfigError, ServiceError
from enumd.net.privileges import become


def test_an_unknown_user_is_named():
    """The error names the setting and the user."""
    with pytest.raises(ConfigError, match=r"dns\.user: this machine has no user 'nobody-at-all'"):
        become("nobody-at-all")


def test_who_one_is_needs_nothing():
    """Becoming oneself changes nothing, root or not."""
    before = os.getresuid(), os.getresgid(), os.getgroups()
    become(pwd.getpwuid(os.geteuid()).pw_name)

    assert (os.getresuid(), os.getresgid(), os.getgroups()) == before


def test_root_is_given_up_for_good():
    """User, group and groups are those of the user, and there is no way back."""
    if os.geteuid() != 0:
        pytest.skip("only root can become somebody else")
    entry = pwd.getpwnam("nobody")
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        become("nobody")
        try:
            os.setuid(0)
        except PermissionError:
            os.write(writer, repr((os.getresuid(), os.getresgid(), os.getgroups())).encode())
        os._exit(0)
    os.close(writer)
    os.waitpid(child, 0)
    got = os.read(reader, 1000).decode()
    os.close(reader)

    uid, gid = entry.pw_uid, entry.pw_gid
    assert got == repr(((uid,) * 3, (gid,) * 3, os.getgrouplist("nobody", gid)))


def test_another_user_cannot_become_somebody_else(monkeypatch):
    """The error says who cannot become whom."""

    def refuse(*_):
        raise PermissionError

    monkeypatch.setattr(os, "geteuid", lambda: pwd.getpwnam("nobody").pw_uid)
    monkeypatch.setattr(os, "initgroups", refuse)
    with pytest.raises(ServiceError, match="nobody cannot become root: only root can"):
        become("root")
