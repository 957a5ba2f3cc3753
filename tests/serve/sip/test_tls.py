"""TLS as it is configured, and who a certificate stands for."""

from __future__ import annotations

import shutil

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from OpenSSL import SSL
from twisted.internet.interfaces import IOpenSSLServerConnectionCreator
from zope.interface.verify import verifyObject

from enumd.config import Config, SipSettings
from enumd.errors import ConfigError
from enumd.serve.sip.tls import TlsCredentials, context_for, names_in


def config(home, **settings) -> Config:
    """Return the configuration with a certificate and its key."""
    files = {"certificate": "sip.example.net.pem", "key": "sip.example.net.key", **settings}
    return Config(home, sip=SipSettings(tls_listen=("127.0.0.1:0",), **files))


@pytest.fixture
def home(tmp_path, authority):
    """A home with certificate and key."""
    authority.sign("sip.example.net")
    return tmp_path


def test_certificate_and_key_make_a_context(home):
    """TLS 1.2 is the least; clients are asked for a certificate only where one can be believed."""
    assert context_for(config(home)).get_verify_mode() == SSL.VERIFY_NONE
    assert context_for(config(home, client_ca="ca.pem")).get_verify_mode() == SSL.VERIFY_PEER
    must = context_for(config(home, client_ca="ca.pem", require_client_certificate=True))
    assert must.get_verify_mode() == SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT


def test_a_chain_is_taken(home):
    """The certificates between ours and its authority stand behind it in the file."""
    chain = (home / "sip.example.net.pem").read_bytes() + (home / "ca.pem").read_bytes()
    (home / "chain.pem").write_bytes(chain)

    assert context_for(config(home, certificate="chain.pem"))


def locked(home):
    """Write a key that has a pass phrase."""
    key = ec.generate_private_key(ec.SECP256R1())
    octets = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"secret"),
    )
    (home / "locked.key").write_bytes(octets)
    (home / "locked.key").chmod(0o600)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"certificate": ""}, "sip.certificate: is needed: the name of a file"),
        ({"certificate": "no.pem"}, "sip.certificate: 'no.pem' cannot be read: No such file"),
        ({"certificate": "junk.pem"}, "sip.certificate: 'junk.pem' holds no PEM certificate"),
        ({"key": ""}, "sip.key: is needed: the name of a file"),
        ({"key": "open.key"}, "sip.key: 'open.key' is open to others (mode 0644): chmod 600"),
        ({"key": "other.key"}, "sip.key: 'other.key' is not the key of the certificate"),
        ({"key": "locked.key"}, "sip.key: 'locked.key' holds no usable key: Password was not"),
        ({"key": "junk.key"}, "sip.key: 'junk.key' holds no usable key"),
        ({"client_ca": "junk.pem"}, "sip.client_ca: 'junk.pem' holds no PEM certificate"),
        ({"require_client_certificate": True}, "sip.client_ca: is needed to require client"),
    ],
)
def test_a_fault_is_named(home, authority, settings, says):
    """The error names the setting, the file and what is wrong."""
    authority.sign("other")
    locked(home)
    (home / "junk.pem").write_text("junk")
    shutil.copy(home / "sip.example.net.key", home / "open.key")
    (home / "open.key").chmod(0o644)
    (home / "junk.key").write_text("junk")
    (home / "junk.key").chmod(0o600)

    with pytest.raises(ConfigError) as caught:
        context_for(config(home, **settings))

    assert str(caught.value).startswith(says)


@pytest.mark.parametrize(
    ("alternatives", "names"),
    [
        (
            [x509.DNSName("PBX.example.net"), x509.DNSName("b.example")],
            ("pbx.example.net", "b.example"),
        ),
        (
            [x509.UniformResourceIdentifier("sip:example.net"), x509.DNSName("host.example.net")],
            ("example.net",),
        ),
        (
            [x509.UniformResourceIdentifier("sip:bob@example.net"), x509.DNSName("a.example")],
            ("a.example",),
        ),
        ([x509.UniformResourceIdentifier("https://example.net")], ("named",)),
        ([], ("named",)),
    ],
)
def test_names_are_read_as_the_standard_says(tmp_path, authority, alternatives, names):
    """SIP domains go before host names, both before the common name (RFC 5922 section 7.1)."""
    authority.sign("named", alternatives)
    certificate = x509.load_pem_x509_certificate((tmp_path / "named.pem").read_bytes())

    assert names_in(certificate) == names


def test_the_context_can_be_replaced(home):
    """New connections take the certificate that was loaded last."""
    first, second = context_for(config(home)), context_for(config(home))
    credentials = TlsCredentials(first)
    credentials.context = second

    assert verifyObject(IOpenSSLServerConnectionCreator, credentials)
    assert credentials.serverConnectionForTLS(None).get_context() is second
