"""The way in: `projection` and `python -m projection`; an interrupt is met with a line even while modules are still being read."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the program; returns its exit status."""
    try:
        from live.workers import deaf

        with deaf():  # what is interrupted while it is read says so in its own way
            from projection.cli import main as run
        return run()
    except KeyboardInterrupt:
        print("projection: stopped; nothing was left half-written.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
