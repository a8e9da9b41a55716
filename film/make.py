"""Nothing in but the voice of flite; the toolkit's own film out, with its captions and its ground truth.

python film/make.py            write afterlight.mp4, afterlight.json and afterlight.truth.json beside this file
python film/make.py FOLDER     write them there
"""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
from encode import write_film
from score import END_GAP_S, LINES, TITLE
from sound import SOUND_RATE_HZ, mix
from speech import SpeechError, speak
from storyboard import Projector, frame_loudness, plan
from timeline import lay_out
from truth import list_captions, list_truth, write_json

SEED = 7


def make_film(folder: Path) -> Path:
    """Make the film and its two JSON files in a folder.

    Returns:
        the path of the film.
    Raises:
        SpeechError: flite is missing or fails.
    """
    cv2.setNumThreads(2)
    utterances = [speak(line.text, stretch=line.stretch) for line in LINES]
    timeline = lay_out(LINES, utterances, end_gap_s=END_GAP_S)
    sound = mix(timeline, utterances, seed=SEED)
    board = plan(timeline)
    loudness = frame_loudness(sound, sound_rate_hz=SOUND_RATE_HZ, n_frames=board.n_frames)
    projector = Projector(board, timeline, loudness)
    keys = {*board.cuts, *(start for start, _ in board.stills)}  # a still that begins with a key frame stays calmer
    path = folder / f"{TITLE}.mp4"
    write_film(path, projector.picture, sound, n_frames=board.n_frames, keys=keys)
    write_json(folder / f"{TITLE}.json", list_captions(timeline))
    write_json(folder / f"{TITLE}.truth.json", list_truth(timeline, board))
    return path


def main(arguments: list[str]) -> int:
    """Run from the command line; 2 where something is missing."""
    folder = Path(arguments[0]) if arguments else Path(__file__).parent
    try:
        print(make_film(folder))
    except SpeechError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
