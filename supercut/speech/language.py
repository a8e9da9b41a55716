"""Spoken words in, whether they are English out: the alignment and the dictionary know no other language."""

from __future__ import annotations

from collections.abc import Sequence

from supercut.speech.pronounce import is_known

# The dictionary holds names from everywhere, so being listed says little; these hold a fifth to a half of any English text.
_FREQUENT_TEXT = (
    "the a an of and to in is it you that i he she we they was for on are as with his her at be this have from or had by not but what "
    "all were when your can there their if will do how about out them then so would like him has my me no just know get it's don't i'm "
    "that's you're now one up here"
)
_FREQUENT = frozenset(_FREQUENT_TEXT.split())
_LEAST_KNOWN = 0.6
_LEAST_FREQUENT = 0.15
_ENOUGH_WORDS = 25


def is_english(words: Sequence[str]) -> bool:
    """Whether these words, as `normalise` gives them, are English; a short text gets the benefit of the doubt."""
    if not words:
        return True
    known = sum(is_known(word) for word in words) / len(words)
    frequent = sum(word in _FREQUENT for word in words) / len(words)
    return known >= _LEAST_KNOWN and (frequent >= _LEAST_FREQUENT or len(words) < _ENOUGH_WORDS)
