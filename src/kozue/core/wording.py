"""Sentences that count: one molecule is, two molecules are."""

from __future__ import annotations

import re

_FORMS = re.compile(r"\{([^{}|]*)\|([^{}|]*)\}")


def counted(sentence: str, count: int) -> str:
    """Fill a number into a sentence and take the words that go with it.

    Parameters
    ----------
    sentence : str
        ``{count}`` stands for the number, ``{one|several}`` for the word of the singular and that of the plural.
    count : int
        The number.

    Examples
    --------
    >>> counted("{count} {molecule is|molecules are} too large.", 1)
    '1 molecule is too large.'
    >>> counted("{count} {molecule is|molecules are} too large.", 2000)
    '2000 molecules are too large.'
    """
    chosen = _FORMS.sub(lambda found: found[1] if count == 1 else found[2], sentence)
    return chosen.replace("{count}", str(count))
