"""Where the real consultations are: beside the project, never in it."""

from pathlib import Path
from typing import Final

import pytest

FOLDER: Final = Path(__file__).resolve().parents[2] / "shared" / "data"


def real_data(name: str) -> Path:
    """The folder ``name`` of the real data; skips the test when it is not there."""
    folder = FOLDER / name
    if not folder.is_dir():
        pytest.skip(f"the real data are not beside the project (looked for shared/data/{name})")
    return folder
