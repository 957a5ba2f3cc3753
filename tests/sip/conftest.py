"""Messages to be read, and a clock that moves when it is told to."""

import pytest

VIA = "SIP/2.0/UDP 192.0.2.4:5060;branch=z9hG4bK-1;rport"
NUMBER = "+441632960017"


def build(method="INVITE", uri=f"sip:{NUMBER}@enum.example.net", body=b"", **fields):
    """Return the octets of a request; a field given as None is left out, a list repeats it.

    Names are written with "_" for "-"; `line` replaces the request line, `extra` adds lines.
    """
    line = fields.pop("line", f"{method} {uri} SIP/2.0")
    extra = fields.pop("extra", "")
    whole = {
        "Via": VIA,
        "From": '"Bob" <sip:bob@pbx.example.net>;tag=8f2a',
        "To": f"<sip:{NUMBER}@enum.example.net>",
        "Call-ID": "8d3f@192.0.2.4",
        "CSeq": f"1 {method}",
        "Max-Forwards": "70",
        "Content-Length": str(len(body)),
    }
    whole |= {name.replace("_", "-"): value for name, value in fields.items()}
    rows = [line]
    for name, value in whole.items():
        values = value if isinstance(value, list) else [value]
        rows += [f"{name}: {one}" for one in values if one is not None]
    text = "\r\n".join(rows) + "\r\n" + extra
    return text.encode("latin-1") + b"\r\n" + body


@pytest.fixture(scope="session")
def octets():
    """Return the function that builds requests."""
    return build
