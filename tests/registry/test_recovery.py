"""Recovery codes and hold tokens."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enumd.registry import recovery

FORM = re.compile(r"[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){2}")


class TestCode:
    """What a holder keeps."""

    def test_a_code_can_be_read_aloud(self):
        """
        Twelve characters in three groups, without I, L, O and U; none given twice.
        """
        codes = {recovery.new_code() for _ in range(200)}
        assert len(codes) == 200
        assert all(FORM.fullmatch(code) for code in codes)

    def test_a_code_has_sixty_bits(self):
        """
        Five bits a character, twelve characters.
        """
        assert len(set(recovery.ALPHABET)) == 32
        assert len(recovery.normalise(recovery.new_code())) == 12

    @pytest.mark.parametrize(
        "typed", ["7KQ2-MM4T-XP01", "7kq2mm4txpol", " 7KQ2 MM4T XPOI ", "7KQ2-MM4T-XPO1"]
    )
    def test_a_code_is_known_however_it_is_typed(self, typed):
        """
        Case, hyphens, blanks and look-alikes make no difference.
        """
        assert recovery.verify_code(typed, recovery.hash_code("7KQ2-MM4T-XP01"))

    @pytest.mark.parametrize("wrong", ["7KQ2-MM4T-XP02", "7KQ2-MM4T-XP0", "", "\u00df" * 12])
    def test_another_code_is_not(self, wrong):
        """
        One character is enough; nothing typed makes an exception.
        """
        assert not recovery.verify_code(wrong, recovery.hash_code("7KQ2-MM4T-XP01"))

    @pytest.mark.parametrize("stored", [None, "", "plain", "$scrypt$ln=12,r=8,p=1$$"])
    def test_no_code_matches_none(self, stored):
        """
        Where the registry keeps no code, no code is right, not even the empty one.
        """
        assert not recovery.verify_code("", stored)
        assert not recovery.verify_code("7KQ2-MM4T-XP01", stored)

    def test_the_registry_does_not_keep_the_code(self):
        """
        Two hashes of one code differ by their salts and show nothing of it.
        """
        first, second = (recovery.hash_code("7KQ2-MM4T-XP01") for _ in range(2))
        assert first != second
        assert "7KQ2" not in first
        assert first.startswith("$scrypt$ln=12,r=8,p=1$")

    def test_an_issued_code_fits_its_hash(self):
        """
        What the holder keeps and what the registry keeps belong together.
        """
        issued = recovery.issue()
        assert recovery.verify_code(issued.code, issued.stored)

    @settings(max_examples=20)
    @given(st.text(max_size=30))
    def test_any_text_can_be_tried(self, text):
        """
        Whatever somebody types is wrong, never an error.
        """
        assert not recovery.verify_code(text, recovery.hash_code("7KQ2-MM4T-XP01" + "0"))


class TestToken:
    """What a hold is claimed with."""

    def test_a_token_is_known_by_its_hash(self):
        """
        The right one fits, blanks around it or not; another does not.
        """
        token = recovery.new_token()
        stored = recovery.hash_token(token)
        assert re.fullmatch(r"h_[0-9A-Z]{20}", token)
        assert recovery.verify_token(f" {token}\n", stored)
        assert not recovery.verify_token(recovery.new_token(), stored)
        assert not recovery.verify_token("", b"")


def test_random_places_stay_below_their_limit():
    """
    Every place can come, none at the limit.
    """
    assert {0, 1, 2} == {recovery.random_below(3) for _ in range(200)}
