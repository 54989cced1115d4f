"""Writing a batch through this service's own store, whole or not at all."""

import asyncio
import time

from consultation_service.importers.batch import Batch
from consultation_service.settings import Settings
from consultation_service.states import day_of
from consultation_service.store import imports
from consultation_service.store.database import UNAVAILABLE, open_pool, require_schema


class NothingWritten(Exception):
    """The batch could not be written; ``fr`` and ``en`` say why."""

    def __init__(self, fr: str, en: str) -> None:
        super().__init__(en)
        self.fr = fr
        self.en = en


class AlreadyThere(NothingWritten):
    """A consultation already has this name in addresses."""


def write(settings: Settings, batch: Batch, progress: imports.Progress) -> None:
    """Write a batch in one transaction. Raises ``NothingWritten`` or ``UnknownSchema``; then nothing was."""
    try:
        asyncio.run(_write(settings, batch, progress))
    except imports.SlugTaken:
        slug = batch.consultation.slug
        raise AlreadyThere(
            f"La consultation « {slug} » existe déjà. Pour la reprendre sous un autre nom : --slug AUTRE-NOM.",
            f"The consultation “{slug}” already exists. To take it in again under another name: --slug OTHER-NAME.",
        ) from None
    except imports.ROLE_REFUSED:
        raise NothingWritten(
            "La base de données refuse le rôle ou son mot de passe. Rien n’a été écrit.",
            "The database refuses the role or its password. Nothing was written.",
        ) from None
    except UNAVAILABLE:
        raise NothingWritten(
            "La base de données ne répond pas. Rien n’a été écrit.",
            "The database does not answer. Nothing was written.",
        ) from None


async def _write(settings: Settings, batch: Batch, progress: imports.Progress) -> None:
    pool = await open_pool(settings)
    try:
        await require_schema(pool)
        await imports.save(
            pool, batch.consultation, batch.contributions, batch.votes, batch.tallies, day_of(time.time()), progress,
            batch.answers,
        )  # fmt: skip
    finally:
        await pool.close()
