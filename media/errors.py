"""What a user did wrong goes in, one line that says where, what and what to do comes out."""

from __future__ import annotations

import difflib
import errno
from collections.abc import Iterable
from pathlib import Path


class UserError(Exception):
    """A fault that the user can mend: `<where>: <what is wrong>. <what to do>`.

    Args:
        where: the file, flag or key at fault.
        what: the cause, with the value that was got.
        remedy: what to do about it, a sentence.

    Programs print it as one line on stderr and end with `exit_code`.
    """

    exit_code = 2

    def __init__(self, where: object, what: str, remedy: str = "") -> None:
        self.where, self.what, self.remedy = str(where), what, remedy
        super().__init__(where, what, remedy)

    def __str__(self) -> str:
        line = f"{self.where}: {self.what}".rstrip(".")
        line += "" if line.endswith(("?", "!")) else "."
        line = f"{line} {self.remedy}".strip()
        return " ".join(line.split())


class NothingFound(UserError):  # noqa: N818 - no fault, a finding
    """The search was sound and found nothing; programs end with 1, as grep does."""

    exit_code = 1


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Name the nearest of `known` to `name` (case aside) as a sentence, or list what there is."""
    choices = sorted(known)
    by_folded = {choice.casefold(): choice for choice in reversed(choices)}
    near = difflib.get_close_matches(name.casefold(), by_folded, n=1, cutoff=0.6)
    if near:
        return f"Did you mean {by_folded[near[0]]}?"
    return f"Choose from: {', '.join(choices)}." if choices else ""


def from_os_error(path: Path, error: OSError) -> UserError:
    """Turn an operating system's refusal to read or write `path` into a `UserError`."""
    remedies = {
        errno.ENOENT: ("there is no such file or folder", "Check the path."),
        errno.EACCES: ("permission denied", "Choose a place that you may read and write."),
        errno.EPERM: ("permission denied", "Choose a place that you may read and write."),
        errno.EROFS: ("the disk is read-only", "Choose another folder."),
        errno.ENOSPC: ("the disk is full", "Make room or choose another disk."),
        errno.EDQUOT: ("the disk quota is used up", "Make room or choose another disk."),
        errno.ENOTDIR: ("a part of the path is not a folder", "Check the path."),
        errno.EEXIST: ("there is something of this name already", "Choose another name."),
        errno.EISDIR: ("this is a folder, not a file", "Name a file inside it."),
        errno.ENAMETOOLONG: ("the name is too long", "Choose a shorter name."),
        errno.EFBIG: ("the file grew past what this disk or account allows", "Choose another disk."),
    }
    what, remedy = remedies.get(error.errno or 0, (error.strerror or str(error), "Check the file and the disk."))
    return UserError(path, what, remedy)
