"""Pictures and sound in; an H.264 and AAC film out, with key frames where they are wished."""

from __future__ import annotations

from collections.abc import Callable, Collection
from fractions import Fraction
from functools import cache
from pathlib import Path

import av
import cv2
import numpy as np
from av.video.frame import PictureType
from draw import HEIGHT_PX, WIDTH_PX
from sound import SOUND_RATE_HZ
from timeline import FRAME_RATE

BT709 = 1  # the code of ITU-R BT.709 for primaries, transfer and matrix in H.264, annex E
LIMITED = 1  # AVCOL_RANGE_MPEG
KEY_EVERY_FRAMES = 2 * FRAME_RATE
CRF = "23"
X264 = f"keyint={KEY_EVERY_FRAMES}:min-keyint=1:scenecut=0:open-gop=0:bframes=3:b-adapt=2:aq-mode=3:aq-strength=0.9:deblock=1,0"
AAC_BITS_PER_S = 96_000
AAC_FRAME = 1024


@cache
def dither() -> np.ndarray:
    """Fine noise of one level, the same for every frame, so that stills stay still."""
    return np.random.default_rng(2).random((HEIGHT_PX, WIDTH_PX)).astype(np.float32)


def rgb_to_yuv420(picture: np.ndarray) -> np.ndarray:
    """BT.709 limited range planes of a picture.

    Args:
        picture: (H, W, 3) float32 RGB, 0 to 255.
    Returns:
        (H * 3 / 2, W) uint8: Y, then U and V at half size, sited left as H.264 expects.
    """
    width = picture.shape[1]
    red, green, blue = 0.2126, 0.7152, 0.0722
    luma = np.array([red, green, blue], np.float32)
    to_yuv = np.stack(
        [
            219 / 255 * luma,
            224 / 255 * (np.array([0, 0, 1]) - luma) / (2 * (1 - blue)),
            224 / 255 * (np.array([1, 0, 0]) - luma) / (2 * (1 - red)),
        ]
    ).astype(np.float32)
    yuv = cv2.transform(picture, to_yuv)
    chroma = cv2.sepFilter2D(yuv[:, :, 1:], -1, np.array([0.25, 0.5, 0.25]), np.array([1.0]))[:, ::2]
    chroma = (chroma[::2] + chroma[1::2]) / 2 + 128
    planes = [yuv[:, :, 0] + 16, chroma[:, :, 0], chroma[:, :, 1]]
    rounded = [np.floor(plane + dither()[: plane.shape[0], : plane.shape[1]]).clip(1, 254).astype(np.uint8) for plane in planes]
    return np.concatenate([plane.reshape(-1, width) for plane in rounded])


def open_video(container: av.container.OutputContainer) -> av.VideoStream:
    """An H.264 stream: one thread, so that the bytes are the same on every machine."""
    options = {"preset": "slow", "profile": "high", "crf": CRF, "forced-idr": "1", "x264-params": X264}
    stream = container.add_stream("libx264", rate=FRAME_RATE, options=options)
    stream.width, stream.height, stream.pix_fmt = WIDTH_PX, HEIGHT_PX, "yuv420p"
    context = stream.codec_context
    context.thread_count = 1
    context.time_base = Fraction(1, FRAME_RATE)
    context.color_range, context.colorspace = LIMITED, BT709
    context.color_primaries, context.color_trc = BT709, BT709
    return stream


def encode_video(
    container: av.container.OutputContainer,
    stream: av.VideoStream,
    pictures: Callable[[int], np.ndarray],
    *,
    n_frames: int,
    keys: Collection[int],
) -> None:
    """Encode every frame; frames in `keys` start a closed group of pictures."""
    for number in range(n_frames):
        frame = av.VideoFrame.from_ndarray(rgb_to_yuv420(pictures(number)), format="yuv420p")
        frame.pts, frame.time_base = number, Fraction(1, FRAME_RATE)
        frame.color_range, frame.colorspace = LIMITED, BT709
        frame.pict_type = PictureType.I if number in keys else PictureType.NONE
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


def encode_sound(container: av.container.OutputContainer, stream: av.AudioStream, sound: np.ndarray) -> None:
    """Encode (2, n) float samples."""
    for first in range(0, sound.shape[1], AAC_FRAME):
        part = np.ascontiguousarray(sound[:, first : first + AAC_FRAME], np.float32)
        frame = av.AudioFrame.from_ndarray(part, format="fltp", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = SOUND_RATE_HZ, first, Fraction(1, SOUND_RATE_HZ)
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


def write_film(path: Path, pictures: Callable[[int], np.ndarray], sound: np.ndarray, *, n_frames: int, keys: Collection[int]) -> None:
    """Write the film beside its goal, then rename it, so that a stop half way leaves the old one."""
    draft = path.with_suffix(".part.mp4")
    with av.open(str(draft), "w", options={"movflags": "+faststart", "fflags": "+bitexact"}) as container:
        video = open_video(container)
        audio = container.add_stream("aac", rate=SOUND_RATE_HZ, layout="stereo")
        audio.bit_rate = AAC_BITS_PER_S
        encode_sound(container, audio, sound)
        encode_video(container, video, pictures, n_frames=n_frames, keys=keys)
    draft.replace(path)
