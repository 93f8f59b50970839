"""Sentences that count agree with their number."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import kozue
from kozue.core.context import Warned, merge_warnings
from kozue.core.wording import counted

SOURCE = Path(kozue.__file__).parent
#: A number that is filled in later, directly before a plural.
UNBENDING = re.compile(r"\{?\{count\}\}? (?:[a-z]+ )?[a-z]+s\b|\{(?:count|n)\}[^\"']*\([s]\)")


@pytest.mark.parametrize(
    ("n", "said"),
    [(0, "0 lines are odd"), (1, "1 line is odd"), (2, "2 lines are odd"), (1000, "1000 lines are odd")],
)
def test_words_follow_the_number(n, said):
    assert counted("{count} {line is|lines are} odd", n) == said


@given(st.text().filter(lambda text: "{" not in text), st.integers(0, 10))
def test_other_text_stays_as_it_is(text, n):
    assert counted(text, n) == text


def test_warnings_agree_after_their_counts_were_added_up():
    one = Warned("salts", "{count} {structure is|structures are} salts", 1)
    assert one.text == "1 structure is salts"
    assert merge_warnings([one, one])[0].text == "2 structures are salts"


def test_no_sentence_has_a_fixed_plural_behind_its_count():
    found = [
        f"{path.name}: {hit.group()}"
        for path in sorted(SOURCE.rglob("*.py"))
        for hit in UNBENDING.finditer(path.read_text(encoding="utf-8"))
    ]
    assert found == []
