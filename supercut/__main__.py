"""`python -m supercut` is the program `supercut`."""

import sys

from supercut.cli import main

sys.exit(main())
