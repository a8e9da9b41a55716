"""Captioned video in; clips found in the words, or between them, out: a film, an edit list, a timeline."""
