"""``demo``: write the demonstration consultation unless it is there. Exit code 0 when it is there at the end."""

import sys
import time
from collections.abc import Sequence

from consultation_service.demo.reading import read
from consultation_service.importers.writing import AlreadyThere, NothingWritten, write
from consultation_service.settings import Settings
from consultation_service.states import day_of


def main(argv: Sequence[str], settings: Settings) -> int:
    """Run the command, which takes no argument, and return its exit code."""
    if argv:
        print("demo ne prend pas d’argument.\ndemo takes no argument.", file=sys.stderr)
        return 2
    try:
        write(settings, read(day_of(time.time())), lambda _: None)
    except AlreadyThere:
        return 0
    except NothingWritten as stopped:
        print(f"{stopped.fr}\n{stopped.en}", file=sys.stderr)
        return 1
    return 0
