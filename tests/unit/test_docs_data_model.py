"""docs/data-model.md has every table of the three schemas and every column of the exports, and no table of its own."""

import re
from pathlib import Path

import pytest

from gateway.exports import TABLES

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "data-model.md").read_text(encoding="utf-8")
SERVICES = {"identity": "identity_service", "consultation": "consultation_service", "gateway": "gateway"}


def part(heading: str) -> set[str]:
    """The tables named under a heading that begins with ``heading``."""
    (text,) = (text for text in PAGE.split("\n## ") if text.startswith(heading))
    return set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE))


@pytest.mark.parametrize("service", SERVICES)
def test_every_table_is_on_the_page(service: str) -> None:
    schema = (ROOT / SERVICES[service] / "sql" / "schema.sql").read_text(encoding="utf-8")
    tables = set(re.findall(r"^create table (\w+)", schema, re.MULTILINE))
    common = part("In every database")
    assert tables - common == part(f"{service}:")


def test_every_column_of_the_exports_is_on_the_page() -> None:
    for table in TABLES:
        assert f"`{' '.join(table.columns)}`" in PAGE, table.name
