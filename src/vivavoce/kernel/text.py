"""Short text that people type and others read: names and titles. Nothing here knows what they name."""

import unicodedata

from vivavoce.kernel.errors import Invalid

# Unicode general categories: control, surrogate, private use, unassigned, line and paragraph separator.
_REFUSED = frozenset({"Cc", "Cs", "Co", "Cn", "Zl", "Zp"})
# Unicode Standard Annex 9: these reorder the text around them, so that a name can pass for another.
_BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# Letters and a symbol that show nothing: the Hangul fillers and the empty Braille pattern.
_BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800")
_VISIBLE = frozenset("LNPS")  # first letters of the categories letter, number, punctuation, symbol


def one_line(text: str, *, what: str, length_max: int) -> str:
    """The text trimmed and in Unicode's composed form: 1 … ``length_max`` characters, one of them visible.

    Raises:
        Invalid: it is empty, too long, or has characters that are not text; ``what`` begins the sentence.
    """
    line = unicodedata.normalize("NFC", text.strip())
    if len(line) > length_max:
        raise Invalid(f"{what} may have at most {length_max} characters.")
    if any(unicodedata.category(c) in _REFUSED or c in _BIDI_CONTROLS for c in line):
        raise Invalid(f"{what} may only have printable characters.")
    if not any(unicodedata.category(c)[0] in _VISIBLE for c in set(line) - _BLANK):
        raise Invalid(f"{what} is missing.")
    return line
