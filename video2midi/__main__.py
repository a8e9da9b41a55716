"""`python -m video2midi` is the program `video2midi`."""

import sys

from video2midi.cli import main

if __name__ == "__main__":
    sys.exit(main())
