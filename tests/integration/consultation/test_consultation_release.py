"""Releases of open data over a real database: what is in them, what two of them tell, what an interruption leaves."""

from collections import Counter, defaultdict
from pathlib import Path

import pytest

from consultation_service.release_tables import TABLES
from tests.integration.consultation.house import House
from tests.integration.consultation.releasing import RULES, build, fill, read

pytestmark = pytest.mark.anyio


async def test_a_release_has_every_table_and_every_group_has_k_people(house: House, tmp_path: Path) -> None:
    await fill(house)
    built = await build(house, tmp_path)
    assert built.folder is not None
    assert {file.name for file in built.folder.iterdir()} == {f"{table.name}.csv" for table in TABLES}
    for table in TABLES:
        rows = read(built, table.name)
        assert not rows or list(rows[0]) == [column.name for column in table.columns]
    votes = Counter((row["contribution"], row["since"], row["week"]) for row in read(built, "votes"))
    assert len(votes) > 10
    assert min(votes.values()) >= RULES.k
    assert {week for _, _, week in votes} == {"2026-W44", "2026-W45", "2026-W46"}
    texts = read(built, "contributions")
    assert len(texts) == 120
    groups = defaultdict(list)
    for row in texts:
        groups[row["week"], row["department"], row["region"], row["age"], row["status"]].append(row)
    assert len(groups) > 6
    assert min(map(len, groups.values())) >= RULES.k
