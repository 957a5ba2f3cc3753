"""TLS as a parameter, and as a scheme."""

import pytest

from enumd.core.transport import sips_form, tls_note, without_tls


@pytest.mark.parametrize(
    ("uri", "form"),
    [
        ("sip:ada@h;transport=tls", "sips:ada@h"),
        ("sip:ada@h:5061;lr;Transport=TLS;x=y", "sips:ada@h:5061;lr;x=y"),
        ("SIP:h;%74ransport=tls?a=b", "sips:h?a=b"),
        ("sips:ada@h;transport=tls", None),
        ("sip:ada@h;transport=tcp", None),
        ("sip:ada;transport=tls@h", None),
        ("sip:ada@h?x=;transport=tls", None),
        ("tel:+44;transport=tls", None),
        ("sip:ada@h", None),
    ],
)
def test_a_sip_uri_over_tls_is_a_sips_uri(uri, form):
    """However the parameter is written; what is no parameter is none."""
    assert sips_form(uri) == form
    assert (tls_note(uri) is None) == (form is None)
    assert form is None or form in tls_note(uri)


def test_a_sips_uri_means_the_same_without_it():
    """Only the parameter goes."""
    assert without_tls("sips:ada@h;lr;transport=tls;x") == "sips:ada@h;lr;x"
    assert without_tls("sips:ada@h;lr") is None
