"""The number in a cell: its digits, or what is wrong with it."""

import pytest

from enumd.registry.files.csv_number import notes_of, plain_digits


class TestDigits:
    """Numbers as people and programs write them."""

    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ("", "number-missing"),
            ("  ", "number-missing"),
            ("+", "number-missing"),
            ("4.41632E+11", "number-spreadsheet"),
            ("4,41632E+11", "number-spreadsheet"),
            ("+4.41632e11", "number-spreadsheet"),
            ("441632960017", "number-without-plus"),
            ("'441632960017", "number-without-plus"),
            ('="441632960017"', "number-without-plus"),
            ("01632 960017", "number-without-plus"),
            ("ada", "number-without-plus"),
            ("+44163296OO17", "number-character"),
            ("+٤٤١٦٣٢٩٦٠٠١٧", "number-character"),
            ("+441632960017;ext=1", "number-character"),
            ("+44 (0) 1632 960017", "number-character"),
            ("+4416329600170000", "number-too-long"),
            ("+441632960017.0", "number-spreadsheet"),
            ("441632960017.0", "number-without-plus"),
            ("+441632960100-199", "number-not-one"),
            ("+441632960017/18", "number-not-one"),
            ("+44 163", "number-impossible"),
            ("\u200b", "number-missing"),
        ],
    )
    def test_bad_numbers_are_told_apart(self, text, code):
        """
        Each kind of damage has its code, and a hint that says what to do.
        """
        found = plain_digits(text, 15)

        assert found[0] == code
        assert len(found[1]) > 10

    def test_what_spreadsheets_do_is_said(self):
        """
        Where a spreadsheet is to blame the hint says so.
        """
        assert "spreadsheet" in plain_digits("4.41632E+11", 15)[1]
        assert "spreadsheet" in plain_digits("441632960017", 15)[1]

    def test_the_limit_can_be_raised(self):
        """
        How many digits are allowed is a matter of policy.
        """
        assert plain_digits("+4416329600170000", 32) == "4416329600170000"

    @pytest.mark.parametrize(
        ("text", "digits", "codes"),
        [
            ("+441632960017", "441632960017", []),
            ("+44 1632 960017", "441632960017", []),
            ("'+441632960017", "441632960017", ["number-cleaned"]),
            ("+4407700900001", "4407700900001", ["number-trunk-zero"]),
            ("'+4407700900001", "4407700900001", ["number-cleaned", "number-trunk-zero"]),
            ("+39068012345", "39068012345", []),
        ],
    )
    def test_what_is_odd_is_noted(self, text, digits, codes):
        """
        What was taken away and a 0 too many are told; nothing is said of a plain number.
        """
        assert plain_digits(text, 15) == digits
        assert [code for code, _ in notes_of(text, digits)] == codes
