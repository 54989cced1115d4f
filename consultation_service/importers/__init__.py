"""Consultations held elsewhere, brought in as they are: ``python -m consultation_service import FORMAT DIR``.

An importer reads the files of one source, gives every person in them a fresh random pseudonym whose correspondence is
forgotten when it returns, keeps days and no instants, and hands over a ``Batch``. ``store.imports`` writes a batch in
one transaction: an import that is interrupted leaves nothing behind.
"""

from consultation_service.importers.command import main

__all__ = ["main"]
