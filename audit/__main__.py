"""``python -m audit PATH…``."""

import sys

from audit.command import main

sys.exit(main(sys.argv[1:]))
