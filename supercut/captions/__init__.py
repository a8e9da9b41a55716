"""Caption files of any kind, or the subtitles inside a film, in; transcripts out, and back to json."""

from supercut.captions.find import MEDIA_SUFFIXES, find_all_captions, find_all_films, find_captions, find_film, searchable
from supercut.captions.formats import READERS, caption_suffixes, read_captions
from supercut.captions.load import NoCaptions, load_transcript
from supercut.captions.saved import save_transcript, transcript_text
from supercut.captions.spread import guess_words

__all__ = [
    "MEDIA_SUFFIXES",
    "READERS",
    "NoCaptions",
    "caption_suffixes",
    "find_all_captions",
    "find_all_films",
    "find_captions",
    "find_film",
    "guess_words",
    "load_transcript",
    "read_captions",
    "save_transcript",
    "searchable",
    "transcript_text",
]
