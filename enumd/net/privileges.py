"""Becoming an ordinary user once the low ports are bound."""

from __future__ import annotations

import os
import pwd

from enumd.errors import ConfigError, ServiceError


def become(user: str) -> None:
    """Give root up for good and be *user*, with the groups that user has.

    Raises:
        ConfigError: there is no such user.
        ServiceError: this process may not become that user.
    """
    try:
        entry = pwd.getpwnam(user)
    except KeyError:
        raise ConfigError(f"this machine has no user {user!r}", "dns.user") from None
    if os.geteuid() == entry.pw_uid:
        return
    try:
        # Groups first: once the user is changed nothing else may be.
        os.initgroups(user, entry.pw_gid)
        os.setgid(entry.pw_gid)
        os.setuid(entry.pw_uid)
    except PermissionError:
        me = pwd.getpwuid(os.geteuid()).pw_name
        raise ServiceError(f"{me} cannot become {user}: only root can (dns.user)").advise(
            "Start it as root, or leave `user` under [dns] out and run it as the user it is to be."
        ) from None
