"""Exports as files: safe to open, exact to read again, and as large as they like."""

import csv
import io
import json
import tracemalloc
import uuid
from typing import Any

import msgspec
import pytest

from contracts import safe_csv
from contracts.events import new_id
from gateway import exports, open_data
from gateway.facts import rows_of
from gateway.store import digest, projection
from tests.harness import EnvironmentOf
from tests.integration.gateway import example
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


async def test_every_noun_has_its_table_and_its_documents(environment: EnvironmentOf) -> None:
    api = "/open-data/consultations/villebrume-a-velo"
    expected = {
        "contributions": 13, "amendments": 3, "arguments": 3, "sources": 1, "comments": 4, "versions": 1,
        "official_answers": 2, "statements": 1, "moderation": 4, "rankings": 4, "duels": 12,
        "questionnaire_totals": 28,
    }  # fmt: skip
    async with running(environment("gateway")) as gateway:
        await told(gateway, *example.everything())
        for table in exports.TABLES:
            exact = [
                json.loads(line) for line in (await gateway.client.get(f"{api}/{table.name}.jsonl")).text.splitlines()
            ]
            text = (await gateway.client.get(f"{api}/{table.name}.csv")).text
            rows = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
            assert len(exact) == len(rows) == expected.get(table.name, len(rows)), table.name
            assert exact
            assert all(tuple(row) == table.columns for row in exact)
        text = (await gateway.client.get(f"{api}/amendments.jsonl")).text
        changes = [json.loads(line)["changes"] for line in text.splitlines()]
        assert {"kind": "removed", "text": "trente"} in (piece for pieces in changes for piece in pieces)
        for name, _, shape, _ in open_data.DOCUMENTS:
            answer = await gateway.client.get(f"{api}/{name}", params={"limit": 1})
            page: Any = msgspec.json.decode(answer.content, type=shape)
            assert len(page.items) == 1, name
            assert (await gateway.client.get(f"{api}/{name}?cursor=a")).status_code == 400


async def test_a_stream_said_again_with_other_ids_makes_the_same_documents(environment: EnvironmentOf) -> None:
    async with running(environment("gateway")) as one, running(environment("gateway")) as other:
        await told(one, *example.everything())
        await told(other, *(msgspec.structs.replace(event, id=new_id()) for event in example.everything()))
        assert await digest.content_hash(one.context.pool) == await digest.content_hash(other.context.pool)
