"""How a supercut is rendered: the parameters that are flags of `supercut cut` and keys of an edit list's settings."""

from __future__ import annotations

from typing import Annotated

from media.codecs import PRESETS
from media.settings import Fit, Rate, Settings, Size, flag, setting


class RenderSettings(Settings):
    """Picture and sound of the result."""

    quality: Annotated[str | None, flag("-q")] = setting(
        None, help="Encode everything anew at this CRF (18: fine, 28: small) or bit rate (4M); untouched, coded pictures are copied where possible."
    )
    preset: Annotated[str | None, flag()] = setting(
        None, help=f"Encoder speed: {', '.join(PRESETS)}; untouched, edges beside copied pictures are encoded fastest."
    )
    codec: Annotated[str | None, flag()] = setting(None, help="h264, h265, prores, ffv1, vp9, av1 or gif; by the output's suffix where not given.")
    fit: Annotated[Fit, flag()] = setting("letterbox", help="Sources of another shape: letterbox, crop or stretch.")
    size: Size | None = setting(None, unit="px", help="Size of the result, such as 1280x720; the first source's where not given.")
    rate: Annotated[Rate | None, flag("--fps")] = setting(None, unit="frames/s", help="Frame rate of the result; the first source's where not given.")
    burn: Annotated[bool, flag()] = setting(False, help="Write the found words into the picture.")
    recode: Annotated[bool, flag()] = setting(False, help="Copy nothing; encode every frame anew.")

    @property
    def may_copy(self) -> bool:
        """Whether coded pictures may be copied from the sources."""
        return not (self.recode or self.burn or self.quality)
