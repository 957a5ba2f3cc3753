"""`enumd token`: made, listed, revoked."""


def test_a_token_is_made_listed_and_revoked(done, seen, refused, directory):
    """It is shown once; the list has all but the secret."""
    done("party", "add", "acme", "--kind", "registrar")
    made = done("token", "create", "--party", "acme", "--scope", "number.claim", "--days", 30)
    (listed,) = done("token", "list")

    assert made["token"].startswith("enumd_") and made["id"]
    assert (listed["id"], listed["role"]) == (made["id"], "registrar")
    assert listed["scopes"] == ["number.claim"]
    assert made["token"] not in seen("token", "list", "--party", "acme")
    assert "number.claim" in seen("token", "list")
    assert f"revoked   {made['id']} of acme" in seen("token", "revoke", made["id"])
    assert refused("token", "revoke", made["id"])["exit_status"] == 4
    assert refused("token", "revoke", "nobody")["exit_status"] == 3


def test_a_person_is_told_that_it_is_shown_once(seen, directory):
    """And what revoking it needs."""
    shown = seen("token", "create", "--party", "ada@example.net")

    assert "shown this once" in shown
    assert "as holder: all that its role allows" in shown


def test_what_cannot_be_meant_is_refused(refused, directory):
    """A scope that is no operation, a party nobody knows."""
    wrong = refused("token", "create", "--party", "ada@example.net", "--scope", "number.clam")

    assert (wrong["exit_status"], "number.claim" in wrong["text"]) == (2, True)
    assert refused("token", "create", "--party", "nobody")["exit_status"] == 3
