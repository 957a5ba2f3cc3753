"""The rules between lines about one name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enumd.core.rrset import RRType
from enumd.registry.files import gathering
from enumd.registry.files.gathering import groups
from enumd.registry.files.one_name import Rules
from enumd.registry.files.rows import ENDPOINT, NO_PREFERENCE, OWN_KEY, RECORD, REFUSED, ZONE_TTL

CSV = Rules()
ZONE = Rules(ordered=True)


def endpoint(line, uri, preference=NO_PREFERENCE, order=0, key="44", ttl_s=None, turn=0):
    """Return the row of an endpoint."""
    return (key, line, ENDPOINT, "sip" if uri else "", uri, preference, order, ttl_s, turn)


def record(line, rrtype, key="44", rdata=b"x", ttl_s=60):
    """Return the row of a record."""
    return (key, line, RECORD, key or "@", int(rrtype), ttl_s, rdata)


def gathered(rows, rules=CSV):
    """Return the only group of some rows, its refusals by line and code."""
    ((_key, endpoints, lines, records, refusals, _ttl_s),) = groups(rows, rules)
    return endpoints, lines, records, [(each[0], each[1]) for each in refusals]


def test_a_dname_at_the_apex_leaves_the_number_that_the_apex_is():
    """It hides what is below its owner, not what is beside it (RFC 6672 section 2.3)."""
    rows = [
        record(1, RRType.DNAME, ""),
        endpoint(2, "sip:a@b", 10, key=OWN_KEY),
        endpoint(3, "sip:c@d", 10),
    ]

    found = [(key, endpoints) for key, endpoints, *_ in groups(rows, ZONE)]

    assert found == [("", None), (OWN_KEY, ((10, "sip", "sip:a@b"),)), ("44", None)]


class TestEndpoints:
    """The endpoints of one number."""

    @pytest.mark.parametrize(
        ("preferences", "expected"),
        [
            ((NO_PREFERENCE,) * 3, (10, 20, 30)),
            ((30, 10, 20), (30, 10, 20)),
            ((NO_PREFERENCE, 5, NO_PREFERENCE), (10, 5, 20)),
            ((NO_PREFERENCE, 25, 7), (30, 25, 7)),
        ],
    )
    def test_preferences_left_out_follow(self, preferences, expected):
        """
        Preferences that are given stay; the others come after them in steps of ten.
        """
        rows = [endpoint(n, f"u{n}", preference) for n, preference in enumerate(preferences)]

        found, lines, _, refusals = gathered(rows)

        assert found == tuple(sorted((p, "sip", f"u{n}") for n, p in enumerate(expected)))
        assert (lines, refusals) == ((0, 1, 2), [])

    @pytest.mark.parametrize("preference", [10, NO_PREFERENCE])
    def test_tls_as_a_parameter_is_noted(self, preference):
        """
        It is taken, for DNS, and whoever sent it learns what to write for SIP.
        """
        rows = [endpoint(1, "sip:a@h;transport=tls", preference), endpoint(2, "sip:b@h;lr", 20)]

        ((_, found, lines, _, findings, _),) = groups(rows, CSV)

        assert (len(found), lines) == (2, (1, 2))
        ((line, code, field, hint),) = findings
        assert (line, code, field) == (1, "transport-tls", "uri")
        assert hint.endswith("write sips:a@h")

    def test_no_preference_may_be_left(self):
        """
        Where the last preference is taken, none can follow.
        """
        rows = [endpoint(1, "a", 65535), endpoint(2, "b")]

        assert gathered(rows)[3] == [(2, "preference-invalid"), (1, "number-incomplete")]

    def test_a_repeated_line_does_no_harm(self):
        """
        A line that says what another said is listed, and the number is taken.
        """
        rows = [endpoint(1, "a", 10), endpoint(2, "a", 20), endpoint(3, "b", 30)]

        found, lines, _, refusals = gathered(rows)

        assert [each[2] for each in found] == ["a", "b"]
        assert (lines, refusals) == ((1, 3), [(2, "endpoint-repeated")])

    @pytest.mark.parametrize(
        ("rows", "code"),
        [
            ([endpoint(1, "a"), endpoint(2, "")], "uri-missing"),
            ([endpoint(1, "a"), ("44", 2, REFUSED, "uri-invalid", "uri", "")], "uri-invalid"),
        ],
    )
    def test_one_fault_keeps_the_number_out(self, rows, code):
        """
        With a line refused the others are not taken either; unless half a number will do.
        """
        assert gathered(rows)[0] is None
        assert gathered(rows)[3] == [(2, code), (1, "number-incomplete")]
        found, lines, _, refusals = gathered(rows, Rules(partial=True))
        assert (len(found), lines, refusals) == (1, (1,), [(2, code)])

    def test_a_number_has_a_limit(self):
        """
        Endpoints past the limit are refused, and with them the number.
        """
        rows = [endpoint(n, f"u{n}") for n in range(4)]

        assert gathered(rows, Rules(max_endpoints=3))[3][0] == (3, "endpoint-too-many")
        assert len(gathered(rows, Rules(max_endpoints=3, partial=True))[0]) == 3

    @pytest.mark.parametrize("rules", [CSV, ZONE])
    def test_an_answer_has_a_limit(self, rules):
        """
        Endpoints that no longer fit what every client reads are refused, and with them the number.
        """
        rows = [endpoint(n, f"sip:{n:02}@".ljust(248, "x"), n) for n in range(15)]

        assert len(gathered(rows[:13], rules)[0]) == 13
        assert gathered(rows, rules)[3][:2] == [(13, "answer-too-long"), (14, "answer-too-long")]
        assert len(gathered(rows, Rules(rules.ordered, partial=True))[0]) == 13

    def test_a_number_alone_is_taken(self):
        """
        A number that no line gives an endpoint has none.
        """
        assert gathered([endpoint(1, "")]) == ((), (1,), (), [])
        assert gathered([endpoint(1, ""), endpoint(2, "")])[3] == [(2, "endpoint-repeated")]

    @pytest.mark.parametrize(
        ("pairs", "expected"),
        [
            (((100, 10), (100, 20)), (10, 20)),
            (((100, 20), (100, 10)), (20, 10)),
            (((10, 20), (20, 10)), (10, 20)),
            (((100, 10), (100, 10)), (10, 10)),
            (((100, 10), (101, 10), (100, 10)), (10, 20, 10)),
            (((100, 30), (100, 30), (100, 20)), (30, 30, 20)),
            (((50, 1), (60, 2)), (1, 2)),
        ],
    )
    def test_order_comes_before_preference(self, pairs, expected):
        """
        A zone file's ORDER decides first; preferences are given anew where they would not.
        """
        rows = [endpoint(n, f"u{n}", p, order) for n, (order, p) in enumerate(pairs)]

        found = {uri: preference for preference, _, uri in gathered(rows, ZONE)[0]}

        assert found == {f"u{n}": preference for n, preference in enumerate(expected)}

    @pytest.mark.parametrize("rules", [CSV, ZONE])
    def test_equal_preferences_stay_equal(self, rules):
        """
        Two of one preference share the calls; they keep the order of their lines.
        """
        rows = [endpoint(1, "b", 10), endpoint(2, "a", 10), endpoint(3, "c", 5)]

        assert gathered(rows, rules) == (
            ((5, "sip", "c"), (10, "sip", "b"), (10, "sip", "a")),
            (1, 2, 3),
            (),
            [],
        )

    def test_parts_of_one_record_come_one_after_the_other(self):
        """
        A record of two Enumservices is two ways in their order (RFC 6116 section 3.4.3.2).
        """
        rows = [endpoint(1, "a", 10, 100), endpoint(1, "b", 10, 100, turn=1)]
        rows.append(endpoint(2, "c", 10, 100))

        assert gathered(rows, ZONE)[0] == ((10, "sip", "a"), (10, "sip", "c"), (20, "sip", "b"))


class TestTtl:
    """The TTL of a number's endpoints."""

    @pytest.mark.parametrize(
        ("said", "expected", "noted"),
        [
            ((None, None), None, []),
            ((60, 60), 60, []),
            ((60, None), 60, []),
            ((ZONE_TTL, 60), 60, []),
            ((ZONE_TTL, None), ZONE_TTL, []),
            ((7200, 60), 60, [1]),
            ((60, 0), 0, [1]),
        ],
    )
    @pytest.mark.parametrize("rules", [CSV, ZONE])
    def test_is_one(self, said, expected, noted, rules):
        """
        Of several TTLs the least holds, and that is noted (RFC 2181 section 5.2).
        """
        rows = [endpoint(n, f"u{n}", n, ttl_s=ttl_s) for n, ttl_s in enumerate(said, 1)]

        ((_, endpoints, _, _, findings, ttl_s),) = groups(rows, rules)

        assert (len(endpoints), ttl_s) == (2, expected)
        assert [each[0] for each in findings if each[1] == "ttl-differs"] == noted

    def test_a_note_says_what_became_of_it(self):
        """
        Which TTL is not kept, and which is instead.
        """
        rows = [endpoint(1, "a", 10, ttl_s=60), endpoint(2, "b", 20, ttl_s=7200)]

        (finding,) = next(groups(rows, ZONE))[4]

        assert finding[:2] == (2, "ttl-differs")
        assert "7200 becomes 60" in finding[3]


class TestRecords:
    """The records of one name, and the names below it."""

    def test_records_of_a_type_are_one_rrset(self):
        """
        Records of one type come together with the smallest TTL, which is noted, said once.
        """
        rows = [
            record(1, RRType.A, rdata=b"a", ttl_s=60),
            record(2, RRType.TXT, rdata=b"a", ttl_s=None),
            record(3, RRType.A, rdata=b"b", ttl_s=30),
            record(4, RRType.A, rdata=b"a"),
        ]

        _, _lines, records, refusals = gathered(rows, ZONE)

        assert records == (
            ("44", RRType.A, 30, (b"a", b"b"), (1, 3)),
            ("44", RRType.TXT, None, (b"a",), (2,)),
        )
        assert refusals == [(1, "ttl-differs"), (4, "record-repeated")]

    def test_what_is_said_twice_has_its_least_ttl(self):
        """
        The same record with another TTL is no second record, and no longer TTL.
        """
        rows = [record(1, RRType.A, ttl_s=60), record(2, RRType.A, ttl_s=30)]

        _, _, ((_, _, ttl_s, rdatas, lines),), found = gathered(rows, ZONE)

        assert (ttl_s, len(rdatas), lines, found) == (30, 1, (1,), [(2, "record-repeated")])

    def test_a_cname_said_twice_is_one(self):
        """
        A CNAME that is repeated stands alone; a second target does not.
        """
        same = [record(1, RRType.CNAME, rdata=b"a"), record(2, RRType.CNAME, rdata=b"a")]
        other = [record(1, RRType.CNAME, rdata=b"a"), record(2, RRType.CNAME, rdata=b"b")]

        assert gathered(same, ZONE)[3] == [(2, "record-repeated")]
        assert [code for _, code in gathered(other, ZONE)[3]] == ["cname-and-other-data"] * 2

    def test_one_dname(self):
        """
        The second DNAME at a name is one too many.
        """
        rows = [record(1, RRType.DNAME, rdata=b"a"), record(2, RRType.DNAME, rdata=b"b")]

        assert gathered(rows, ZONE)[3] == [(2, "dname-repeated")]

    def test_one_soa(self):
        """
        The second SOA is one too many.
        """
        rows = [record(1, RRType.SOA, "", b"a"), record(2, RRType.SOA, "", b"b")]

        assert gathered(rows, ZONE)[3] == [(2, "soa-repeated")]

    @pytest.mark.parametrize(
        "rows",
        [
            [record(1, RRType.CNAME), record(2, RRType.TXT)],
            [record(1, RRType.CNAME), endpoint(2, "a", 10)],
            [record(1, RRType.CNAME, rdata=b"a"), record(2, RRType.CNAME, rdata=b"b")],
        ],
    )
    def test_a_cname_stands_alone(self, rows):
        """
        Which of a CNAME and other data is meant cannot be known, so none is taken.
        """
        codes = {code for _, code in gathered(rows, ZONE)[3]}

        assert codes == {"cname-and-other-data"}
        assert gathered(rows[:1], ZONE)[3] == []

    @pytest.mark.parametrize(
        ("row", "hidden"),
        [
            (record(9, RRType.TXT, "44"), True),
            (record(9, RRType.A, "44"), False),
            (record(9, RRType.DS, "44"), False),
            (endpoint(9, "a", 1), True),
            (endpoint(9, "a", 1, key="441"), True),
            (record(9, RRType.NS, "441"), True),
            (record(9, RRType.AAAA, "44;026e73"), False),
            (("441", 9, REFUSED, "syntax", "line", ""), False),
            (endpoint(9, "a", 1, key="45"), False),
        ],
    )
    def test_below_ns_there_is_glue_alone(self, row, hidden):
        """
        At a cut stand NS, DS and glue, below it glue; everything else is never answered.
        """
        rows = sorted([record(1, RRType.NS), row], key=lambda each: each[:2])

        refusals = [each for group in groups(rows, ZONE) for each in group[4]]

        assert ("name-occluded" in {each[1] for each in refusals}) is hidden

    def test_below_dname_there_is_nothing(self):
        """
        A DNAME hides what is below it, glue as well, and nothing beside it; at the apex too.
        """
        for key in ("44", ""):
            rows = [
                record(1, RRType.DNAME, key),
                record(2, RRType.TXT, key),
                record(3, RRType.A, f"{key}1"),
            ]

            refusals = [each[:2] for group in groups(rows, ZONE) for each in group[4]]

            assert refusals == [(3, "name-occluded")]

    def test_ns_of_the_apex_hides_nothing(self):
        """
        The NS of the apex are those of the zone itself.
        """
        rows = [record(1, RRType.NS, ""), record(2, RRType.TXT, "1")]

        assert [group[4] for group in groups(rows, ZONE)] == [(), ()]


def test_lines_without_a_name_pass_by():
    """
    A refusal of which nothing more is known does not come between the lines of a number.
    """
    rows = [endpoint(1, "a"), ("", 2, REFUSED, "syntax", "line", ""), endpoint(3, "b")]

    found = list(groups(rows, CSV))

    assert [(group[0], len(group[2])) for group in found] == [("", 0), ("44", 2)]


def test_a_name_has_a_limit(monkeypatch):
    """
    Lines about one name are not held without end.
    """
    monkeypatch.setattr(gathering, "MOST_ROWS", 2)
    rows = [endpoint(n, f"u{n}") for n in range(4)]

    refusals = [each for group in groups(rows, CSV) for each in group[4]]

    assert [each[:2] for each in refusals] == [(2, "lines-too-many"), (3, "lines-too-many")]


ROW = st.builds(
    endpoint,
    st.integers(1, 9),
    st.sampled_from(["", "a", "b", "c"]),
    st.sampled_from([NO_PREFERENCE, 1, 2, 3]),
    st.sampled_from([100, 100, 50]),
    st.just("44"),
    st.sampled_from([None, ZONE_TTL, 60, 60, 300]),
    st.sampled_from([0, 0, 1]),
)


@given(st.lists(ROW, min_size=1, max_size=4, unique_by=lambda row: row[1]), st.booleans())
def test_the_quick_way_agrees(rows, ordered):
    """
    What is decided quickly about a plain number is what the rules decide.
    """
    rules = Rules(ordered=ordered)
    quick = list(groups(rows, rules))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gathering, "_plain", lambda rows, rules: None)
        assert list(groups(rows, rules)) == quick
