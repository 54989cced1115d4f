"""One number for everything the projection says: two projections of the same stream have the same one.

That is how a gateway rebuilt from nothing is compared with the former one, whatever the order, the repeats and the
crashes in which either was told. It is computed on request by tests and by whoever operates the database, and served
nowhere.
"""

import hashlib
from typing import Final

from gateway.store.database import Pool

TABLES: Final = (
    ("consultation", "id"), ("contribution", "id"), ("tally", "contribution_id"), ("former_version", "id"),
    ("ranking_result", "id"), ("questionnaire_total", "id"), ("official_answer", "id"), ("statement", "id"),
    ("journal", "id"),
)  # fmt: skip
"""Every table that holds something public, with its key. How far the stream was applied, the revisions that caches
compare and the messages set aside are about one database, not about what is public."""


async def content_hash(pool: Pool) -> str:
    """SHA-256 (hex) of every public row, derived counts included: table by table in the order of ``TABLES``, row by row
    in that of the keys, each as its JSON preceded by its length, each table preceded by its name.
    """
    digest = hashlib.sha256()
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        for table, key in TABLES:
            _add(digest, table)
            query = f"/* content_hash */ select row_to_json({table})::text from {table} order by {key}"  # noqa: S608  # ours
            async for row in connection.cursor(query, prefetch=1000):
                _add(digest, row[0])
    return digest.hexdigest()


def _add(digest: "hashlib._Hash", text: str) -> None:
    line = text.encode()
    digest.update(len(line).to_bytes(4, "big") + line)
