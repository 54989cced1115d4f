"""The static files of this service and of the look that its deployment chose, packed once."""

import gzip
from functools import partial
from pathlib import Path
from typing import Final

import brotli

from contracts.look import Look
from contracts.static import Packers, StaticFiles

FOLDER: Final = Path(__file__).parent / "static"
MOUNT: Final = "/static"
PACKERS: Final[Packers] = {"br": partial(brotli.compress, quality=9), "gzip": partial(gzip.compress, mtime=0)}


def static_files(look: Look) -> StaticFiles:
    """Everything below ``static/``, and the files of ``look``."""
    own = {str(file.relative_to(FOLDER)): file.read_bytes() for file in FOLDER.rglob("*") if file.is_file()}
    return StaticFiles(MOUNT, {**own, **look.files}, PACKERS)
