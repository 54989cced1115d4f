"""A release as one ZIP file, written as a stream: it needs no file of its own and can be sent while it is made."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

PIECE_BYTES: Final = 256 * 1024
DAY: Final = (1980, 1, 1, 0, 0, 0)
"""The date of all files, the first that ZIP can write: when they were made is nobody's business."""

_PACKED: Final = (".parquet",)


def archive(folder: Path) -> Iterator[bytes]:
    """The pieces of the ZIP file of a release; the same release always makes the same bytes."""
    out = _Pieces()
    with zipfile.ZipFile(out, "w") as made:
        for file in sorted(folder.iterdir()):
            entry = zipfile.ZipInfo(file.name, DAY)
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            entry.file_size = file.stat().st_size
            entry.compress_type = zipfile.ZIP_STORED if file.suffix in _PACKED else zipfile.ZIP_DEFLATED
            with file.open("rb") as source, made.open(entry, "w") as target:
                while piece := source.read(PIECE_BYTES):
                    target.write(piece)
                    yield from out.taken()
            yield from out.taken()
    yield from out.taken()


class _Pieces(io.RawIOBase):
    """A file that cannot go back and gives away what was written to it."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        piece = bytes(data)  # type: ignore[call-overload]
        self._pieces.append(piece)
        return len(piece)

    def taken(self) -> list[bytes]:
        """What was written since the last time."""
        pieces, self._pieces = self._pieces, []
        return pieces
