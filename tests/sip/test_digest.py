"""Digest authentication."""

import re
from hashlib import md5, sha256

import pytest

from enumd.errors import BadPeer
from enumd.sip.digest import Digest, Proof, _response
from enumd.sip.framing import datagram
from enumd.sip.message import Request
from enumd.sip.nonces import NonceCounts

KEY, SALT = b"k" * 32, b"s" * 8
DIGEST = Digest("enum.example.net", {"pbx": "sécret"})
URI = "sip:+441632960017@enum.example.net"


def nonce(now_s=1000.0, **more):
    """Return the nonce of a challenge."""
    return re.search(rb'nonce="([^"]+)"', DIGEST.challenge(KEY, now_s, SALT, **more))[1].decode()


def credentials(hashed=sha256, algorithm="SHA-256", **changes):
    """Return an Authorization value as a client makes it (RFC 7616 section 3.4.1)."""
    value = {
        "username": "pbx",
        "realm": DIGEST.realm,
        "nonce": nonce(),
        "uri": URI,
        "nc": "00000001",
        "cnonce": "c",
        "qop": "auth",
        "password": "sécret",
        "method": "INVITE",
    } | changes

    def digest(text):
        return hashed(text.encode()).hexdigest()

    secret = digest("{username}:{realm}:{password}".format(**value))
    what = digest("{method}:{uri}".format(**value))
    value["response"] = changes.get(
        "response", digest(f"{secret}:{{nonce}}:{{nc}}:{{cnonce}}:{{qop}}:{what}".format(**value))
    )
    quoted = ", ".join(
        f'{name}="{value[name]}"'
        for name in ("username", "realm", "nonce", "uri", "cnonce", "response")
    )
    rest = ", ".join(f"{name}={value[name]}" for name in ("nc", "qop"))
    return f"Digest {quoted}, {rest}" + (f", algorithm={algorithm}" if algorithm else "")


@pytest.fixture
def prove(octets):
    """Return a function that judges a request with such Authorization values."""

    counts = NonceCounts()

    def judge(*rows, now_s=1001.0, uri=URI, by=DIGEST, **fields):
        fields |= {"Authorization": [row.encode().decode("latin-1") for row in rows]}
        request = Request.parse(datagram(octets(uri=uri, **fields)).head)
        return by.prove(request, KEY, now_s, counts)

    return judge


@pytest.mark.parametrize(
    ("realm", "passwords"),
    [("", {"a": "b"}), ('a"b', {"a": "b"}), ("a\r\nb", {"a": "b"}), ("a", {})],
)
def test_a_realm_can_be_quoted_and_somebody_is_let_in(realm, passwords):
    """Anything else is a mistake of the configuration."""
    with pytest.raises(BadPeer):
        Digest(realm, passwords)


@pytest.mark.parametrize("algorithms", [(), ("SHA-512-256",), ("md5",)])
def test_only_algorithms_that_are_known_can_be_offered(algorithms):
    """And there is one at least."""
    with pytest.raises(BadPeer, match="algorithm"):
        Digest("a", {"a": "b"}, algorithms)


def test_passwords_are_not_shown():
    """Not in what is printed of the value."""
    assert "sécret" not in repr(DIGEST)


class TestChallenge:
    def test_the_better_algorithm_comes_first(self):
        """One header field for each (RFC 8760 section 2.4)."""
        lines = DIGEST.challenge(KEY, 1000.0, SALT).split(b"\r\n")

        assert [(re.findall(rb"algorithm=([^,]+)", line) or [b""])[0] for line in lines] == [
            b"SHA-256",
            b"MD5",
            b"",
        ]
        assert all(b'qop="auth"' in line and b"stale" not in line for line in lines[:2])

    def test_a_peer_may_have_the_other_one_first_or_alone(self, prove):
        """Some stop at the first challenge; what was not offered is not taken."""
        first = Digest("r", {"a": "b"}, ("MD5", "SHA-256")).challenge(KEY, 1000.0, SALT)
        alone = Digest(DIGEST.realm, DIGEST.passwords, ("MD5",))

        assert re.findall(rb"algorithm=([^,]+)", first) == [b"MD5", b"SHA-256"]
        assert Proof.GOOD is prove(credentials(md5, "MD5"), by=alone)
        assert Proof.NONE is prove(credentials(), by=alone)

    def test_an_old_nonce_is_told_to_be_stale(self):
        """So that nobody asks a person for the password again."""
        assert DIGEST.challenge(KEY, 1000.0, SALT, stale=True).count(b"stale=true") == 2


class TestProof:
    def test_right_credentials_are_good(self, prove):
        """With either algorithm; MD5 is what no algorithm means."""
        assert Proof.GOOD is prove(credentials())
        assert Proof.GOOD is prove(credentials(md5, "MD5"))
        assert Proof.GOOD is prove(credentials(md5, ""))

    def test_ours_are_found_among_others(self, prove):
        """Unknown schemes and other realms are passed over (RFC 4475 section 3.3.7)."""
        others = ("NoOneKnowsThisScheme opaque-data=here", "Digest", credentials(realm="elsewhere"))

        assert Proof.GOOD is prove(*others, credentials())
        assert Proof.NONE is prove(*others)

    def test_of_several_for_our_realm_the_best_counts(self, prove):
        """A client may answer each challenge, or send old credentials along."""
        wrong, misplaced = credentials(password="x"), credentials(uri="sip:+49@h")
        stale = credentials(nonce=nonce(600.0))

        assert Proof.MISPLACED is prove(wrong, misplaced)
        assert Proof.STALE is prove(stale, misplaced, wrong)
        assert Proof.GOOD is prove(wrong, stale, credentials(), credentials(md5, "MD5"))

    def test_a_count_is_good_for_one_request(self, prove):
        """What was overheard cannot be sent again; the client's own retransmission can."""
        assert Proof.GOOD is prove(credentials())
        assert Proof.GOOD is prove(credentials())
        assert Proof.STALE is prove(credentials(), Call_ID="another")
        assert Proof.GOOD is prove(credentials(nc="00000002"), Call_ID="another")
        assert Proof.STALE is prove(credentials(), Call_ID="third")
        assert Proof.NONE is prove(credentials(nc="00000009", password="x"))
        assert Proof.GOOD is prove(credentials(nc="00000003"))

    def test_an_escaped_request_uri_is_the_same(self, prove):
        """The URIs are compared as SIP URIs."""
        assert Proof.GOOD is prove(credentials(uri=URI.replace("sip:+4", "sip:+%34")))

    @pytest.mark.parametrize("uri", ["sip:+49@enum.example.net", "nonsense", ""])
    def test_credentials_for_another_uri_are_misplaced(self, prove, uri):
        """RFC 7616 section 3.4.6: they were made for another call."""
        assert Proof.MISPLACED is prove(credentials(uri=uri))

    def test_a_tel_uri_has_to_be_the_same_text(self, prove):
        """There it is compared octet for octet."""
        assert Proof.GOOD is prove(credentials(uri="tel:+44"), uri="tel:+44")
        assert Proof.MISPLACED is prove(credentials(uri="tel:+4-4"), uri="tel:+44")

    def test_a_nonce_lasts_for_its_time(self, prove):
        """After that the credentials are right but stale."""
        assert Proof.GOOD is prove(credentials(), now_s=1300.0)
        assert Proof.STALE is prove(credentials(), now_s=1301.0)

    @pytest.mark.parametrize(
        "changes",
        [
            {"password": "wrong"},
            {"username": "nobody"},
            {"username": "nobody", "password": ""},
            {"response": "é"},
            {"nonce": "bm90IG91cnM="},
            {"nonce": "!"},
            {"nonce": "é"},
            {"nonce": ""},
            {"qop": "auth-int"},
            {"nc": "0000000g"},
            {"nc": '""'},
            {"cnonce": ""},
            {"method": "OPTIONS"},
            {"algorithm": "SHA-512"},
        ],
    )
    def test_anything_wrong_is_no_proof(self, prove, changes):
        """Password, user, nonce, quality, method, algorithm."""
        assert Proof.NONE is prove(credentials(**changes))

    def test_a_nonce_of_another_key_or_realm_is_not_ours(self, prove, octets):
        """Each peer's challenges are its own."""
        other = Digest("other.example.net", {"pbx": "sécret"})
        theirs = re.search(rb'nonce="([^"]+)"', other.challenge(KEY, 1000.0, SALT))[1].decode()

        assert Proof.NONE is prove(credentials(nonce=theirs))

    @pytest.mark.parametrize(
        "row",
        ["Digest realm", "Digest realm=enum.example.net x", 'Digest realm="open', "", "Digest ,"],
    )
    def test_what_cannot_be_read_is_no_proof(self, prove, row):
        """Broken credentials are as good as none."""
        assert Proof.NONE is prove(row)


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("md5", b"8ca523f5e9506fed4657c9700eebdbec"),
        ("sha256", b"753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_examples_of_rfc_7616_come_out(algorithm, response):
    """Section 3.9.1."""
    given = {
        "username": "Mufasa",
        "realm": "http-auth@example.org",
        "uri": "/dir/index.html",
        "nonce": "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
        "nc": "00000001",
        "cnonce": "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
        "qop": "auth",
    }

    assert response == _response(algorithm, given, "Circle of Life", "GET")
