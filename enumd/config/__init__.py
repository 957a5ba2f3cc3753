"""The configuration: enumd.toml as frozen values that check themselves.

Every setting is declared once, with its default, its bounds and the sentence that explains it; the
loader, the environment and the commented example are all made from these declarations. An
environment variable `ENUMD_<SECTION>_<KEY>` goes before the file, the file before the default.
"""

from enumd.config.reading import FILE_NAME, load, restart_needed
from enumd.config.sections import (
    Config,
    DnsSettings,
    LogSettings,
    MetricsSettings,
    NumberSettings,
    PolicySettings,
    RegistrySettings,
    ZoneSettings,
)
from enumd.config.sip import PeerSettings, SipSettings
from enumd.config.trees import EnumSettings

__all__ = [
    "FILE_NAME",
    "Config",
    "DnsSettings",
    "EnumSettings",
    "LogSettings",
    "MetricsSettings",
    "NumberSettings",
    "PeerSettings",
    "PolicySettings",
    "RegistrySettings",
    "SipSettings",
    "ZoneSettings",
    "load",
    "restart_needed",
]
