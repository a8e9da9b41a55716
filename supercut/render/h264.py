"""H.264 byte streams in; their units, parameter sets and the one header that lets two encoders share a film out.

Source: ITU-T H.264 (7.3 syntax, Annex B) and ISO/IEC 14496-15 (avcC). Copied and newly encoded
pictures lie in one mp4 track: each keeps its own parameter sets, told apart by their ids.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

IDR, SPS, PPS = 5, 7, 8
_LENGTH_BYTES = 4
_HIGH_PROFILES = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135})


@dataclass(frozen=True)
class ParameterSets:
    """Sequence and picture parameter sets, as whole units without length or start code."""

    sps: tuple[bytes, ...]
    pps: tuple[bytes, ...]

    @property
    def sps_ids(self) -> frozenset[int]:
        """Ids of the sequence parameter sets."""
        return frozenset(_read_golomb(unit, skip_bytes=4) for unit in self.sps)

    @property
    def pps_ids(self) -> frozenset[int]:
        """Ids of the picture parameter sets."""
        return frozenset(_read_golomb(unit, skip_bytes=1) for unit in self.pps)


def unit_type(unit: bytes) -> int:
    """Kind of a unit: 5 is a slice of an IDR picture, 7 and 8 are parameter sets."""
    return unit[0] & 31


def is_avcc(extradata: bytes) -> bool:
    """Whether a stream's packets carry length-prefixed units (mp4, Matroska) rather than start codes (TS)."""
    return extradata[:1] == b"\x01"


def units_of(packet: bytes, *, length_bytes: int | None) -> Iterator[bytes]:
    """The units of one packet.

    Args:
        length_bytes: size of the length before each unit; None where start codes part them.
    """
    if length_bytes is None:
        yield from _split_start_codes(packet)
        return
    at = 0
    while at + length_bytes <= len(packet):
        size = int.from_bytes(packet[at : at + length_bytes], "big")
        at += length_bytes
        if unit := packet[at : at + size]:
            yield unit
        at += size


def _split_start_codes(packet: bytes) -> Iterator[bytes]:
    for piece in packet.split(b"\x00\x00\x01")[1:]:
        # A zero before the next start code belongs to that code; a unit never ends in zero (7.4.1).
        if unit := piece.rstrip(b"\x00"):
            yield unit


def length_prefixed(units: Iterable[bytes]) -> bytes:
    """Units with four-byte lengths before them, as mp4 stores them."""
    return b"".join(len(unit).to_bytes(_LENGTH_BYTES, "big") + unit for unit in units)


def length_bytes_of(extradata: bytes) -> int | None:
    """Size of the length before each unit of a stream; None where start codes part them."""
    return (extradata[4] & 3) + 1 if is_avcc(extradata) else None


def parameter_sets(extradata: bytes) -> ParameterSets:
    """The parameter sets in a stream's header, whichever form it has."""
    if not is_avcc(extradata):
        units = list(_split_start_codes(extradata))
        return ParameterSets(tuple(u for u in units if unit_type(u) == SPS), tuple(u for u in units if unit_type(u) == PPS))
    at = 6
    sps, at = _read_sets(extradata, at, extradata[5] & 31)
    pps, _ = _read_sets(extradata, at + 1, extradata[at])
    return ParameterSets(sps, pps)


def _read_sets(extradata: bytes, at: int, count: int) -> tuple[tuple[bytes, ...], int]:
    found = []
    for _ in range(count):
        size = int.from_bytes(extradata[at : at + 2], "big")
        found.append(extradata[at + 2 : at + 2 + size])
        at += 2 + size
    return tuple(found), at


def build_avcc(*sets: ParameterSets) -> bytes:
    """One avcC header that holds the parameter sets of several encoders.

    Raises:
        ValueError: two of them use the same id for different contents.
    """
    sps = tuple(dict.fromkeys(unit for one in sets for unit in one.sps))
    pps = tuple(dict.fromkeys(unit for one in sets for unit in one.pps))
    merged = ParameterSets(sps, pps)
    if len(merged.sps_ids) != len(sps) or len(merged.pps_ids) != len(pps):
        raise ValueError("parameter sets share an id")
    first = max(sps, key=lambda unit: (unit[1], unit[3]))  # the most demanding profile and level
    level = max(unit[3] for unit in sps)
    head = bytes([1, first[1], first[2], level, 0xFC | (_LENGTH_BYTES - 1), 0xE0 | len(sps)])
    body = b"".join(len(unit).to_bytes(2, "big") + unit for unit in sps)
    body += bytes([len(pps)]) + b"".join(len(unit).to_bytes(2, "big") + unit for unit in pps)
    # High profiles repeat chroma format and bit depths; only 8-bit 4:2:0 is ever spliced.
    tail = bytes([0xFC | 1, 0xF8, 0xF8, 0]) if first[1] in _HIGH_PROFILES else b""
    return head + body + tail


def free_parameter_id(sets: ParameterSets) -> int:
    """An id that none of these sets uses."""
    taken = sets.sps_ids | sets.pps_ids
    return next(n for n in range(1, 32) if n not in taken)


def _read_golomb(unit: bytes, *, skip_bytes: int) -> int:
    """First unsigned Exp-Golomb number of a unit behind its header (9.1)."""
    bits = int.from_bytes(unit[skip_bytes : skip_bytes + 8].ljust(8, b"\x00"), "big")
    width = 64
    zeros = width - bits.bit_length()
    return (bits >> (width - 2 * zeros - 1)) - 1
