"""What only the operator can show the checker of a release (``audit/private.py``), for one run and never kept: who is
behind which row, under labels drawn for that run; ids in use on the site; which texts a moderator let through.
"""

import csv
import hashlib
import secrets
from pathlib import Path
from typing import Final

from consultation_service.store.database import Connection
from consultation_service.store.release_rows import PREFETCH, statement
from consultation_service.store.releases import Release

_CONTRIBUTIONS: Final = """/* private_contributions */
select made(r.id) as made, r.id::text, coalesce(encode(sha256($2::bytea || r.author), 'hex'), ''),
  case when r.official then '' else (r.day - date '2000-01-01')::text end
from released r order by made
"""
_LIVE: Final = """/* private_live */
select id::text from released
union all select id::text from section where consultation_id = $1
union all select id::text from statement where consultation_id = $1
"""
_REVIEWED: Final = """/* private_reviewed */
select c.title, c.body, c.explanation, c.link, c.category
from released r join contribution c on c.id = r.id where r.readable and not r.official
  and exists (select from release_review v where v.contribution_id = r.id and v.reviewed)
union all
select v.title, v.body, '', '', ''
from released r join contribution_version v on v.contribution_id = r.id where r.readable and not r.official
  and exists (select from release_review o where o.contribution_id = r.id and o.reviewed and o.text_version = v.number)
"""


async def write(connection: Connection, release: Release, folder: Path) -> None:
    """Write the inputs of this release in ``folder``."""
    labels = secrets.token_bytes(32)
    query = statement(_CONTRIBUTIONS, fresh=release.rules.fresh_ids)
    with (folder / "contributions.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(("contribution", "live", "author", "arrival"))
        async for row in connection.cursor(query, release.seed, labels, prefetch=PREFETCH):
            rows.writerow(tuple(row))
    with (folder / "live.txt").open("w") as file:
        async for row in connection.cursor(_LIVE, release.consultation, prefetch=PREFETCH):
            file.write(f"{row[0]}\n")
    with (folder / "reviewed.txt").open("w") as file:
        async for row in connection.cursor(_REVIEWED, prefetch=PREFETCH):
            file.writelines(f"{hashlib.sha256(text.encode()).hexdigest()}\n" for text in row if text)
