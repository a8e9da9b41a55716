"""A videogrep 2.3 command line in, the same in this program's words out.

videogrep has no commands: flags choose what is done. Its searches heed capitals, and `-n` counts words.
"""

from __future__ import annotations

from collections.abc import Sequence

_VALUED = {
    "--search": "--search", "-s": "--search", "--search-type": "--search-type", "-st": "--search-type", "-t": "--search-type",
    "--max-clips": "--max-clips", "-m": "--max-clips", "--output": "--output", "-o": "--output", "--padding": "--padding", "-p": "--padding",
    "--resyncsubs": "--resync", "-rs": "--resync", "--model": "--model", "-mo": "--model", "--ngrams": "--ngrams", "-n": "--ngrams",
}  # fmt: skip
_TRANSCRIBE = ("--transcribe", "-tr", "--sphinx-transcribe", "-str")


def translate(tokens: Sequence[str]) -> list[str]:
    """Put the command that videogrep's flags mean in front of them.

    `-tr` and `-str` become `transcribe`, `-n` becomes `words` (which counts capitals apart and shows a hundred, as
    videogrep does), anything else a `cut` that heeds capitals.
    """
    if any(token in _TRANSCRIBE for token in tokens):
        return ["transcribe", *_only(tokens, {"--model"}, drop=_TRANSCRIBE)]
    if any(token in ("-n", "--ngrams") or token.startswith("--ngrams=") for token in tokens):
        return ["words", "--case", *_only(tokens, {"--ngrams"})]
    return ["cut", "--case", *tokens]


def _only(tokens: Sequence[str], wanted: set[str], *, drop: Sequence[str] = ()) -> list[str]:
    """Films, switches of the toolkit's own, and the valued flags in `wanted`; videogrep ignores the others too."""
    kept: list[str] = []
    coming = iter(tokens)
    for token in coming:
        name, _, value = token.partition("=")
        if token in drop:
            continue
        if name in _VALUED:
            value = value or next(coming, "")
            if _VALUED[name] in wanted:
                kept += [_VALUED[name], value]
        else:
            kept.append(token)
    return kept
