"""The table from outcome to reply."""

import pytest
from dns.rcode import Rcode

from enumd.dns.outcome import AuthoritySection, DnsOutcome

ANSWERED = {DnsOutcome.HIT, DnsOutcome.WILDCARD}
NEGATIVE = {DnsOutcome.NODATA, DnsOutcome.ENT, DnsOutcome.NXDOMAIN}


@pytest.mark.parametrize("outcome", DnsOutcome)
class TestTable:
    """Laws every row obeys."""

    def test_every_outcome_has_a_rule(self, outcome):
        """
        No end of a look-up is left without a reply.
        """
        assert outcome.rule.rcode in Rcode

    def test_negative_answers_bring_the_soa(self, outcome):
        """
        RFC 2308 section 5: without a SOA nobody may cache them.
        """
        assert (outcome.rule.authority is AuthoritySection.SOA) == (outcome in NEGATIVE)

    def test_only_what_is_ours_is_authoritative(self, outcome):
        """
        AA on answers and denials, never on referrals and refusals.
        """
        assert outcome.rule.aa == (outcome in ANSWERED | NEGATIVE | {DnsOutcome.YXDOMAIN})

    def test_extended_errors_come_with_empty_sections(self, outcome):
        """
        So that no extended error ever takes the room of data (RFC 8914 section 3).
        """
        if outcome.rule.ede is not None:
            assert not outcome.rule.aa
            assert outcome.rule.authority is AuthoritySection.NOTHING


def test_rcodes():
    """
    Only a name at or below which nothing exists is NXDOMAIN (RFC 8020).
    """
    assert {outcome.value: outcome.rule.rcode.name for outcome in DnsOutcome} == {
        "hit": "NOERROR",
        "wildcard": "NOERROR",
        "nodata": "NOERROR",
        "ent": "NOERROR",
        "nxdomain": "NXDOMAIN",
        "referral": "NOERROR",
        "yxdomain": "YXDOMAIN",
        "endless": "SERVFAIL",
        "refused": "REFUSED",
        "prohibited": "REFUSED",
        "formerr": "FORMERR",
        "notimp": "NOTIMP",
        "badvers": "BADVERS",
        "servfail": "SERVFAIL",
        "dropped": "NOERROR",
    }
