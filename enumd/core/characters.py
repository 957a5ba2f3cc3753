"""Characters nobody typed: those that cannot be seen, and the marks of spreadsheets.

Numbers and names are pasted from messengers, contact lists and spreadsheets, and bring such
characters along. They mean nothing, but they make a text another text.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

# Soft hyphen, marks and embeddings of direction, blanks and joiners of no width, byte order mark.
INVISIBLE: Final = re.compile("[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")

# The plus and the digits of East Asian character sets, as wide as a Chinese character.
_WIDE: Final = {0xFF0B: "+", **{0xFF10 + digit: str(digit) for digit in range(10)}}
_FORMULA: Final = re.compile(r"""\s*=\s*("?)([^"]*)\1\s*""")
"""What makes a spreadsheet show a value as it stands: `="+44…"`."""
_TEXT_MARKS: Final = frozenset("'\u2018\u2019`")


def clean(text: str) -> tuple[str, tuple[str, ...]]:
    """Return *text* without what no person wrote, and what that was.

    Those are characters nobody sees, the marks that make a spreadsheet show a value as text, and
    the width of wide plus signs and digits, which are the same characters.

    >>> clean('="+441632960017"')
    ('+441632960017', ('the ="…" of a spreadsheet',))
    """
    if text.isascii() and (text[:1].isalnum() or text[:1] == "+"):
        return text, ()  # as nearly every text is
    gone = [name_character(char) for char in dict.fromkeys(INVISIBLE.findall(text))]
    text = INVISIBLE.sub("", text)
    if formula := _FORMULA.fullmatch(text):
        gone.append('the ="…" of a spreadsheet' if formula[1] else "the = of a spreadsheet")
        text = formula[2]
    if (bare := text.strip())[:1] in _TEXT_MARKS:
        gone.append(f"the {bare[0]} in front")
        text = bare[1:]
    if (narrow := text.translate(_WIDE)) != text:
        gone.append("the width of its characters")
    return narrow, tuple(gone)


def name_character(char: str) -> str:
    """Return what a reader calls a character: itself, or its code point where it is hard to tell.

    >>> name_character("l"), name_character(chr(0x200B))
    ("'l'", 'U+200B (ZERO WIDTH SPACE)')
    """
    if " " < char <= "~":
        return repr(char)
    name = unicodedata.name(char, "")
    return f"U+{ord(char):04X}" + (f" ({name})" if name else "")
