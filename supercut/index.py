"""Many films in; out come, at once, the transcripts that can hold what is looked for, from an index beside them.

The index is a small SQLite file, filled from the caption files and refreshed by their size and time. It only
saves reading: what comes out of it is what the files say, cue for cue, and `narrow` never leaves out a hit.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from itertools import groupby
from pathlib import Path
from typing import Any

from media.errors import UserError
from media.progress import OnProgress, Progress, ignore_progress
from media.span import Span
from supercut.captions import caption_suffixes, find_all_captions, find_film, load_transcript
from supercut.captions.stamps import seconds_to_us, us_to_seconds
from supercut.transcript import Cue, Phone, Transcript, Word, bare_word

INDEX_NAME = ".supercut-index.sqlite"
INDEX_VERSION = 1
"""Raise it whenever a reader reads differently or the tables change: older indexes are then made anew."""

WORTH_IT = 50
"""From this many films on an index pays."""

_PATIENCE_S = 60.0
_FILES_A_BATCH = 50
_TABLES = """
CREATE TABLE films (
    id INTEGER PRIMARY KEY, film TEXT UNIQUE, captions TEXT, size INTEGER, mtime_ns INTEGER, error TEXT
);
CREATE TABLE cues (
    id INTEGER PRIMARY KEY, film INTEGER, start_us INTEGER, end_us INTEGER, text TEXT, speaker TEXT, line INTEGER, spoken TEXT, words TEXT
);
CREATE INDEX cues_of_film ON cues (film);
CREATE VIRTUAL TABLE said USING fts5 (bare, content='', detail='none', columnsize=0, tokenize="unicode61 remove_diacritics 0");
"""
