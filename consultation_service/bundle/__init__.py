"""The files of a release. The builder writes the rows of ``release_tables`` with ``forms``; ``complete`` makes the rest
from them, and ``archive`` sends the whole as one ZIP file.
"""

from consultation_service.bundle.archive import archive
from consultation_service.bundle.facts import Facts
from consultation_service.bundle.guarantee import Described, Guarantee, Withheld
from consultation_service.bundle.writing import complete

__all__ = ["Described", "Facts", "Guarantee", "Withheld", "archive", "complete"]
