"""Exports as files: safe to open, exact to read again, and as large as they like."""

import csv
import io
import json
import tracemalloc
import uuid

import pytest

from contracts import safe_csv
from contracts.events import new_id
from gateway import exports
from gateway.facts import rows_of
from gateway.store import projection
from tests.harness import EnvironmentOf
from tests.integration.gateway.stage import consultation, contribution, running, tally, told

pytestmark = pytest.mark.anyio

A = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaa0"
API = "/open-data/consultations/ma-rue"


async def test_a_csv_is_safe_and_jsonl_is_exact(environment: EnvironmentOf) -> None:
    formula = '=HYPERLINK("https://piege.example";"a")\r\n@b'
    async with running(environment("gateway")) as gateway:
        await told(gateway, consultation(), contribution(A, title=formula, body="-1\n=2"), tally(A, agree=2))
        answer = await gateway.client.get(f"{API}/contributions.csv")
        assert answer.headers["content-disposition"] == 'attachment; filename="ma-rue-contributions.csv"'
        (row,) = csv.DictReader(io.StringIO(answer.text, newline=""), strict=True)
        assert row["body"] == "'-1\n'=2"
        assert safe_csv.original(row["title"]) == formula.replace("\r\n", "\n")
        exact = json.loads((await gateway.client.get(f"{API}/contributions.jsonl")).text)
        assert exact["title"] == formula
        assert list(exact) == list(row)
        tallies = list(csv.DictReader(io.StringIO((await gateway.client.get(f"{API}/tallies.csv")).text)))
        assert [(t["origin"], t["choice"], t["votes"]) for t in tallies] == [
            ("cast", "agree", "2"),
            ("cast", "mixed", "0"),
            ("cast", "disagree", "0"),
        ]


async def test_an_export_does_not_grow_in_memory(environment: EnvironmentOf) -> None:
    async with running(environment("gateway")) as gateway:
        table = exports.TABLES[0]

        async def peak(rows: int) -> int:
            key = uuid.uuid4()
            for _ in range(0, rows, 1000):
                events = [contribution(new_id(), consultation=str(key), body="x" * 300) for _ in range(1000)]
                await projection.apply(gateway.context.pool, 1, rows_of(events), [])
            tracemalloc.start()
            written = 0
            batches = table.batches(gateway.context.pool, key)
            async for piece in exports.lines(table, "csv", consultation(), batches):
                written += piece.count(b"\r\n")
            _, highest = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            assert written == rows + 1
            return highest

        await peak(1000)  # so that what is made once is not counted
        small, large = await peak(1000), await peak(10_000)
        assert large < small * 1.3
