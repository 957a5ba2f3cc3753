"""Errors in how the program is asked, configured or run."""

import pickle

import pytest

from enumd.errors import ConfigError


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        (("too small", "dns.udp_octets", "enumd.toml"), "enumd.toml: dns.udp_octets: too small"),
        (("too small", "dns.udp_octets"), "dns.udp_octets: too small"),
        (("not TOML",), "not TOML"),
    ],
)
def test_a_setting_is_named_as_far_as_it_is_known(fields, text):
    """The text has the file, the key and the reason, each where there is one; pickled, too."""
    assert str(pickle.loads(pickle.dumps(ConfigError(*fields)))) == text
