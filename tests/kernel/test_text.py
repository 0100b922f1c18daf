"""Names and titles as people type them."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vivavoce.kernel.errors import Invalid
from vivavoce.kernel.text import one_line


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Ann", "Ann"),
        (" \tAnn\n ", "Ann"),
        ("\u00a0Ann\u2003", "Ann"),
        ("Zoe\u0308", "Zo\u00eb"),
        ("Ann  Lee", "Ann  Lee"),
        ("!", "!"),
        ("می\u200cخواهم", "می\u200cخواهم"),
    ],
)
def test_a_line_is_trimmed_and_composed(typed: str, kept: str) -> None:
    assert one_line(typed, what="The name", length_max=20) == kept


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "The name is missing."),
        ("\u200b\u200d", "The name is missing."),
        ("\u0301", "The name is missing."),
        ("\u3164 \u115f\u1160\uffa0", "The name is missing."),
        ("\u2800", "The name is missing."),
        ("x" * 21, "The name may have at most 20 characters."),
        ("a\x7fb", "The name may only have printable characters."),
        ("a\u2066b", "The name may only have printable characters."),
        ("a\ue000b", "The name may only have printable characters."),
        ("a\udc80b", "The name may only have printable characters."),
    ],
)
def test_what_is_no_line_is_refused_with_a_sentence(typed: str, sentence: str) -> None:
    with pytest.raises(Invalid) as refused:
        one_line(typed, what="The name", length_max=20)
    assert refused.value.message == sentence


@given(st.text(st.characters(), max_size=80))
def test_what_passes_is_safe_to_show_and_passes_again(typed: str) -> None:
    try:
        line = one_line(typed, what="The name", length_max=60)
    except Invalid:
        return
    assert 1 <= len(line) <= 60
    assert line == line.strip()
    assert not any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in line)
    assert one_line(line, what="The name", length_max=60) == line
