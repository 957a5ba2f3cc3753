"""TLS for SIP (RFC 3261 section 26.3.1): our certificate, and the names in that of a client."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509.oid import NameOID
from OpenSSL import SSL, crypto
from twisted.internet.interfaces import IOpenSSLServerConnectionCreator
from zope.interface import implementer

from enumd.config import Config
from enumd.errors import ConfigError
from enumd.serve.sip.files import read_file, read_secret

_SESSIONS: Final = b"enumd sip"


def context_for(config: Config) -> SSL.Context:
    """Return the TLS context an operator configured: TLS 1.2 or later.

    Raises:
        ConfigError: a file cannot be used, or the key is not that of the certificate.
    """
    sip = config.sip
    chain = _certificates(config, "certificate")
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.set_min_proto_version(SSL.TLS1_2_VERSION)
    context.set_options(SSL.OP_NO_COMPRESSION | SSL.OP_NO_RENEGOTIATION)
    context.use_certificate(chain[0])
    for issuer in chain[1:]:
        context.add_extra_chain_cert(issuer)
    _use_key(context, config)
    # Without it a client that resumes a session and has a certificate is refused.
    context.set_session_id(_SESSIONS)
    if sip.client_ca:
        store = context.get_cert_store()
        assert store is not None
        for authority in _certificates(config, "client_ca"):
            store.add_cert(crypto.X509.from_cryptography(authority))
        must = SSL.VERIFY_FAIL_IF_NO_PEER_CERT if sip.require_client_certificate else 0
        context.set_verify(SSL.VERIFY_PEER | must)
    elif sip.require_client_certificate:
        raise ConfigError("is needed to require client certificates", "sip.client_ca")
    return context


def _use_key(context: SSL.Context, config: Config) -> None:
    """Have *context* use the configured key."""
    name = config.sip.key
    text = read_secret(config.home, name, "sip.key")
    try:
        key = load_pem_private_key(text.encode(), None)
        context.use_privatekey(key)  # type: ignore[arg-type]
        context.check_privatekey()
    except SSL.Error:
        raise ConfigError(f"{name!r} is not the key of the certificate", "sip.key") from None
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        # TypeError: it has a pass phrase, which nobody is there to type.
        raise ConfigError(f"{name!r} holds no usable key: {error}", "sip.key") from None


def _certificates(config: Config, setting: str) -> list[x509.Certificate]:
    """Return the certificates in the file of a setting, one at least."""
    name, key = getattr(config.sip, setting), f"sip.{setting}"
    try:
        return x509.load_pem_x509_certificates(read_file(config.home, name, key))
    except ValueError as error:
        raise ConfigError(f"{name!r} holds no PEM certificate: {error}", key) from None


def configured_certificate(config: Config) -> bytes:
    """Return the certificate an operator configured, in DER, as it is shown to peers.

    Raises:
        ConfigError: the file cannot be used.
    """
    return _certificates(config, "certificate")[0].public_bytes(Encoding.DER)


def expiry_of(certificate: bytes) -> datetime:
    """Return when a certificate in DER ends.

    Raises:
        ValueError: it is none.
    """
    return x509.load_der_x509_certificate(certificate).not_valid_after_utc


def names_in(certificate: x509.Certificate) -> tuple[str, ...]:
    """Return the SIP domains a certificate stands for (RFC 5922 section 7.1).

    `sip:` URIs without a user part go before DNS names, and both before the common name.
    """
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        alternatives = extension.value
    except (x509.ExtensionNotFound, ValueError):
        alternatives = None
    if alternatives is not None:
        uris = alternatives.get_values_for_type(x509.UniformResourceIdentifier)
        domains = tuple(uri[4:] for uri in uris if uri[:4].lower() == "sip:" and "@" not in uri)
        names = alternatives.get_values_for_type(x509.DNSName)
        if domains or names:
            return tuple(name.lower() for name in domains or names)
    common = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return tuple(str(one.value).lower() for one in common)


@implementer(IOpenSSLServerConnectionCreator)
class TlsCredentials:
    """What makes the TLS of each new connection; the context may be replaced meanwhile."""

    def __init__(self, context: SSL.Context) -> None:
        """Begin with *context*."""
        self.context = context

    def serverConnectionForTLS(self, tlsProtocol: object) -> SSL.Connection:  # noqa: N802, N803
        """Return the TLS of one new connection."""
        return SSL.Connection(self.context, None)
