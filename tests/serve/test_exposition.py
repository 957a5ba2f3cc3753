"""What stands on the page /metrics, as Prometheus' own parser reads it."""

from __future__ import annotations

import pytest
from prometheus_client.exposition import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from enumd.net.slab import Counters
from enumd.serve.directory import Directory
from enumd.serve.dns.metrics import Cell
from enumd.serve.exposition import collect
from enumd.serve.sip.metrics import SipCell


@pytest.mark.parametrize("with_sip", [False, True])
def test_the_page_tells_of_sip_where_that_is_served(tmp_path, with_sip):
    """The workers and DNS are always on the page, SIP only where it has counters."""
    sip = Counters(1, SipCell.COUNT) if with_sip else None
    directory = Directory(tmp_path / "index")
    text = generate_latest(collect(Counters(1, Cell.COUNT), directory, sip)).decode()
    names = {family.name for family in text_string_to_metric_families(text)}

    assert "enumd_workers" in names
    assert ("enumd_sip_transactions" in names) is with_sip
