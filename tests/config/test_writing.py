"""The commented example: every setting, explained."""

from __future__ import annotations

import re
from dataclasses import fields

from enumd import config
from enumd.config import Config, LogSettings, PeerSettings, PolicySettings, SipSettings
from enumd.config.setting import rule_of
from enumd.config.writing import example


def test_the_example_is_the_defaults(tmp_path):
    """The commented example names every setting and loads to the defaults."""
    text = example()

    assert config.load(_home(tmp_path, text), {}) == Config(tmp_path)
    for section in (one for one in fields(Config) if one.name != "home"):
        assert f"[{section.name}]" in text
        for one in fields(getattr(Config(tmp_path), section.name)):
            if rule_of(one).rows is None:
                assert f"\n{one.name} = " in text


def test_the_example_changed_is_what_it_says(tmp_path):
    """A setting altered in the example is the one that changes."""
    text = example().replace("hold_s = 1800", "hold_s = 60").replace("info", "debug")

    got = config.load(_home(tmp_path, text), {})

    assert got == Config(tmp_path, policy=PolicySettings(hold_s=60), log=LogSettings("debug"))


def test_the_example_keeps_its_lines_short():
    """No line of the example is longer than a terminal is wide."""
    assert max(map(len, example().splitlines())) <= 100


def test_an_array_of_tables_only_has_to_be_uncommented(tmp_path):
    """The example's peer, without its marks and with a name, is a peer with the defaults."""
    text = example()
    head, _, peer = text.partition("# [[sip.peers]]\n")
    peer, _, rest = peer.partition("\n\n")
    bare = re.sub("(?m)^# ", "", peer).replace('name = ""', 'name = "a"', 1)

    got = config.load(_home(tmp_path, f"{head}[[sip.peers]]\n{bare}\n\n{rest}"), {})

    assert got == Config(tmp_path, sip=SipSettings(peers=(PeerSettings("a"),)))


def _home(home, text):
    """Return *home* with *text* as its enumd.toml."""
    (home / config.FILE_NAME).write_text(text, encoding="utf-8")
    return home
