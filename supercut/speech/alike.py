"""A word or phrase, and spoken words, in; the stretches of words that sound like it, or rhyme with it, out."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import product

import numpy as np

from media.errors import UserError
from supercut.speech.normalise import spoken_words
from supercut.speech.phones import INDEX, distance_table, left_out_costs, phones_distance, rhyme_part
from supercut.speech.pronounce import pronounce
from supercut.transcript import Word

RHYME_MARK = "rhyme:"
_MOST_READINGS = 24  # ways to pronounce a query that are tried
_LENGTHS = (0.5, 1.7)  # of the query's phones, within which a stretch may sound like it

Match = tuple[int, int, float]


def sound_alikes(words: Sequence[Word], query: str, *, max_distance: float, rhyme: bool = False) -> list[Match]:
    """Find the stretches of spoken words that sound like a query, across word borders: "ice cream" finds "I scream".

    Args:
        words: in spoken order; the phones of aligned words are used as they were said.
        query: words to sound like; `rhyme:light`, or `rhyme`, asks for single words that rhyme with its
            last word instead (see `phones.rhyme_part`), the word itself left out.
        max_distance: 0 the same sounds .. 1 anything.
    Returns:
        (first, last exclusive, distance) of words, the best of those that overlap, in spoken order.
    Raises:
        UserError: the query holds nothing that can be said.
    """
    readings, is_rhyme = read_query(query, rhyme=rhyme)
    said = [phones_of(word) for word in words]
    matches = find_rhymes(said, readings, max_distance=max_distance) if is_rhyme else find_alikes(said, readings, max_distance=max_distance)
    return best_apart(matches)


def read_query(query: str, *, rhyme: bool = False) -> tuple[list[tuple[str, ...]], bool]:
    """The ways to pronounce a query, and whether it asks for rhymes.

    Raises:
        UserError: it holds nothing that can be said.
    """
    text = query.strip()
    is_rhyme = rhyme or text.lower().startswith(RHYME_MARK)
    if text.lower().startswith(RHYME_MARK):
        text = text[len(RHYME_MARK) :]
    readings = phrase_readings(text.split()[-1] if is_rhyme and text.split() else text)
    if not readings:
        raise UserError(f"sounds-like {query!r}", "there is nothing in it that can be said in English", "Give a word or a few.")
    return readings, is_rhyme


def phrase_readings(text: str) -> list[tuple[str, ...]]:
    """All ways to pronounce a phrase, the usual one first; [] where it cannot be said."""
    spoken = [pronounce(word) for written in spoken_words(text) for word in written.spoken]
    if not spoken or not all(spoken):
        return []
    readings = []
    for choice in product(*spoken):
        readings.append(tuple(phone for phones in choice for phone in phones))
        if len(readings) == _MOST_READINGS:
            break
    return list(dict.fromkeys(readings))


def phones_of(word: Word) -> tuple[str, ...]:
    """How a word was said where alignment heard it, else its usual pronunciation; () where it has none."""
    if word.phones:
        return tuple(phone.name for phone in word.phones if phone.name in INDEX)
    return _usual_reading(word.text)


@lru_cache(maxsize=1 << 16)
def _usual_reading(text: str) -> tuple[str, ...]:
    return next(iter(phrase_readings(text)), ())


def find_rhymes(said: Sequence[tuple[str, ...]], readings: Sequence[tuple[str, ...]], *, max_distance: float) -> list[Match]:
    """Single words whose end is near that of the query."""
    nearest = {
        phones: min(rhyme_distance(reading, phones) for reading in readings) for phones in set(said) if phones and phones not in readings
    }
    return [(n, n + 1, nearest[phones]) for n, phones in enumerate(said) if nearest.get(phones, 2.0) <= max_distance]


def rhyme_distance(one: tuple[str, ...], other: tuple[str, ...]) -> float:
    """How far two words are from a rhyme, 0 to 1: the distance of their ends from the stressed vowel on."""
    return 1.0 if one == other else phones_distance(rhyme_part(one), rhyme_part(other))


def find_alikes(said: Sequence[tuple[str, ...]], readings: Sequence[tuple[str, ...]], *, max_distance: float) -> list[Match]:
    """Stretches of whole words whose phones are near those of the query; the distance is `phones_distance`.

    The edit distance is carried on from every word at once, a phone a step: the work grows with words times the
    square of the query's phones.
    """
    flat = np.array([INDEX[name] for phones in said for name in phones], int)
    starts = np.concatenate([[0], np.cumsum([len(phones) for phones in said])]).astype(int)
    begins = [n for n, phones in enumerate(said) if phones]
    word_ends = np.zeros(len(flat) + 1, int)  # the word that ends before this phone, from 1; 0 inside words
    for number in begins:
        word_ends[starts[number + 1]] = number + 1
    matches: dict[tuple[int, int], float] = {}
    for reading in readings:
        for first, last, distance in _scan(flat, np.array(begins, int), starts, word_ends, [INDEX[name] for name in reading]):
            if distance <= max_distance:
                matches[first, last] = min(distance, matches.get((first, last), 1.0))
    return [(first, last, distance) for (first, last), distance in matches.items()]


def _scan(flat: np.ndarray, begins: np.ndarray, starts: np.ndarray, word_ends: np.ndarray, query: Sequence[int]) -> list[Match]:
    """Every stretch of a likely length with its distance from one reading of the query."""
    table, costs = distance_table(), left_out_costs()
    row = np.tile(np.concatenate([[0.0], np.cumsum(costs[query])]), (len(begins), 1))
    found: list[Match] = []
    at = starts[begins]
    shortest, longest = (length * len(query) for length in _LENGTHS)
    step = 0
    while step < longest and len(begins):
        alive = at < len(flat)
        begins, at, row = begins[alive], at[alive], row[alive]
        row = _extend(row, flat[at], query, table, costs)
        at, step = at + 1, step + 1
        ended = np.flatnonzero(word_ends[at]) if step >= shortest else ()
        distances = np.minimum(1.0, row[:, -1] * 2 / (step + len(query)))
        found += [(int(begins[n]), int(word_ends[at[n]]), float(distances[n])) for n in ended]
    return found


def _extend(row: np.ndarray, heard: np.ndarray, query: Sequence[int], table: np.ndarray, costs: np.ndarray) -> np.ndarray:
    """One phone more on every stretch: the next row of its table of edits, (n stretches, n query + 1)."""
    new = np.empty_like(row)
    new[:, 0] = row[:, 0] + costs[heard]
    for n, wanted in enumerate(query, 1):
        swap = row[:, n - 1] + table[heard, wanted]
        new[:, n] = np.minimum(np.minimum(swap, row[:, n] + costs[heard]), new[:, n - 1] + costs[wanted])
    return new


def best_apart(matches: Sequence[Match]) -> list[Match]:
    """The nearest of matches that overlap, in order of place."""
    kept: list[Match] = []
    taken: set[int] = set()
    for first, last, distance in sorted(matches, key=lambda match: (round(match[2], 9), match[1] - match[0], match[0])):
        if taken.isdisjoint(range(first, last)):
            kept.append((first, last, distance))
            taken.update(range(first, last))
    return sorted(kept)
