"""`python -m recurra` is the command `recurra`; so launchers of several processes can start it."""

import sys

from recurra.cli import main

sys.exit(main())
