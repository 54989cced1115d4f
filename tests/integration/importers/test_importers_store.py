"""Imports in a real database: all or nothing, public facts in the same transaction, nobody of the source left."""

import contextlib
import dataclasses
import json
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from consultation_service import demo, importers
from consultation_service.importers import polis
from consultation_service.importers.batch import Batch, Options, Report
from consultation_service.importers.writing import NothingWritten, write
from consultation_service.settings import Settings
from consultation_service.store import imports
from consultation_service.store.database import UnknownSchema, open_pool
from consultation_service.store.tallies import publish_due
from contracts.events import PublicConsultation, PublicContribution, PublicTally
from contracts.scales import CHOICE_CODES
from deploy.environment import Addresses
from deploy.environment import environment as environment_of
from deploy.secrets import Secrets
from tests.harness import Database, FreshDatabase, wait_for
from tests.real_data import real_data

Ask = Callable[[str], list[tuple[Any, ...]]]
BOWLING_GREEN = "polis/conversations/american-assembly.bowling-green"


@pytest.fixture
def database(fresh_database: FreshDatabase) -> Database:
    return fresh_database("consultation")


@pytest.fixture
def settings(database: Database, secrets: Secrets) -> Settings:
    # An import does not need the bus.
    environment = environment_of("consultation", Addresses(), secrets, database=database.dsn, bus="nats://127.0.0.1:1")
    return Settings.from_environment(environment)


@pytest.fixture
def ask(database: Database) -> Ask:
    async def fetch(question: str) -> list[tuple[Any, ...]]:
        connection = await database.connect()
        try:
            return [tuple(row) for row in await connection.fetch(question)]
        finally:
            await connection.close()

    return lambda question: wait_for(fetch(question))


def published(ask: Ask) -> list[PublicConsultation | PublicContribution | PublicTally]:
    decoder = msgspec.json.Decoder(PublicConsultation | PublicContribution | PublicTally)
    return [decoder.decode(body) for (body,) in ask("select body from outbox where replaces = subject")]


def publish_tallies(settings: Settings) -> None:
    async def publish() -> None:
        pool = await open_pool(settings)
        try:
            await publish_due(pool)
        finally:
            await pool.close()

    wait_for(publish())


def conversation(folder: Path) -> Path:
    """A small one, with a mark where the source names people."""
    (folder / "summary.csv").write_text("topic,Petite\n")
    (folder / "comments.csv").write_text(
        "timestamp,comment-id,author-id,moderated,comment-body\n"
        "1518501496471,777001,888001,1,Un\n1518501496471,777002,888002,1,Deux\nfaux,777003,888002,1,Trois\n"
    )
    (folder / "votes.csv").write_text(
        "timestamp,comment-id,voter-id,vote\n"
        "1518501496999,777001,888001,1\n1518501497999,777001,888001,-1\n1518501497999,777001,888003,1\n"
    )
    return folder


def test_bowling_green_in_under_a_minute(settings: Settings, ask: Ask, capsys: pytest.CaptureFixture[str]) -> None:
    began = time.monotonic()
    assert importers.main(["polis", str(real_data(BOWLING_GREEN)), "--json"], settings) == 0
    assert time.monotonic() - began < 60
    assert json.loads(capsys.readouterr().out)["taken"]["votes"] == 225_524
    assert ask("select count(*) from vote") == [(225_524,)]
    publish_tallies(settings)
    events = published(ask)
    assert Counter(type(event) for event in events) == {
        PublicConsultation: 1,
        PublicContribution: 896,
        PublicTally: 896,
    }
    counted = {
        (str(item), choice): votes
        for item, choice, votes in ask("select contribution_id, choice, count(*) from vote group by 1, 2")
    }
    for event in events:
        if isinstance(event, PublicTally):
            assert event.imported is None
            assert event.cast == {
                choice: counted.get((event.contribution, CHOICE_CODES[choice]), 0)
                for choice in ("agree", "disagree", "pass")
            }


def test_a_process_of_decidim_is_published_with_its_threads(settings: Settings, ask: Ask) -> None:
    assert importers.main(["decidim", str(real_data("mel-decidim")), "--json"], settings) == 0
    events = published(ask)
    kinds = Counter(e.kind for e in events if isinstance(e, PublicContribution))
    assert kinds == {"proposal": 196, "opinion": 29, "comment": 574, "argument": 119}
    assert ask("select max(depth) from contribution") == [(3,)]


def test_republique_numerique_is_published_with_imported_totals(settings: Settings, ask: Ask) -> None:
    assert importers.main(["republique-numerique", str(real_data("republique-numerique")), "--json"], settings) == 0
    publish_tallies(settings)
    events = published(ask)
    kinds = Counter((e.kind, e.side) for e in events if isinstance(e, PublicContribution))
    assert kinds == {
        ("article", None): 30,
        ("proposal", None): 666,
        ("argument", "for"): 1_960,
        ("argument", "against"): 2_034,
        ("source", None): 326,
    }
    totals: Counter[str] = Counter()
    for event in events:
        if isinstance(event, PublicTally):
            totals.update(event.imported)
            assert set(event.cast.values()) == {0}
    assert totals == {"agree": 71_940, "mixed": 5_947, "disagree": 10_735, "total": 12_826 + 344}
    assert {e.state for e in events if isinstance(e, PublicConsultation)} == {"closed"}


def test_nobody_of_the_source_is_left(settings: Settings, ask: Ask, tmp_path: Path) -> None:
    assert importers.main(["polis", str(conversation(tmp_path)), "--json"], settings) == 0
    tables = [name for (name,) in ask("select table_name from information_schema.tables where table_schema = 'public'")]
    held = "\n".join(str(row) for table in tables for row in ask(f"select to_jsonb(t)::text from {table} t"))
    held += "\n".join(body.decode() for (body,) in ask("select body from outbox"))
    assert "Petite" in held  # the search does find what is there
    assert not [mark for mark in ("888001", "888002", "888003", "777001", "1518501", "3838383030") if mark in held]
    assert ask("select count(distinct participant), count(*), min(day)::text from vote") == [(2, 2, "2018-02-13")]


def test_a_second_import_is_refused_unless_renamed(
    settings: Settings, ask: Ask, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(conversation(tmp_path))
    assert importers.main(["polis", folder, "--slug", "une"], settings) == 0
    assert "888" not in capsys.readouterr().out
    assert importers.main(["polis", folder, "--slug", "une"], settings) == 1
    said = capsys.readouterr()
    assert "existe déjà" in said.err
    assert "already exists" in said.err
    assert not said.out
    assert importers.main(["polis", folder, "--slug", "deux"], settings) == 0
    assert ask("select count(*) from consultation") == [(2,)]


def test_the_summary_tells_what_was_refused(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert importers.main(["polis", str(conversation(tmp_path)), "--json"], settings) == 0
    summary = json.loads(capsys.readouterr().out)
    assert summary["taken"] == {
        "statements": 2, "vote_events": 3, "votes_replaced_later": 1,
        "votes": 2, "votes_agree": 1, "votes_disagree": 1, "votes_pass": 0,
    }  # fmt: skip
    assert [(r["file"], r["line"], r["code"]) for r in summary["refused"]] == [("comments.csv", 4, "date")]
    assert importers.main(["polis", str(tmp_path), "--slug", "autre"], settings) == 0
    told = capsys.readouterr().out
    assert "comments.csv" in told
    assert "n’est pas une date" in told


def test_an_unusable_source_writes_nothing(
    settings: Settings, ask: Ask, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert importers.main(["polis", str(tmp_path / "nowhere")], settings) == 2
    assert "summary.csv" in capsys.readouterr().err
    with pytest.raises(SystemExit) as stopped:
        importers.main(["polis", str(tmp_path), "--slug", "Pas Un Nom"], settings)
    assert stopped.value.code == 2
    assert ask("select count(*) from consultation") == [(0,)]


def read(folder: Path) -> Batch:
    return polis.read(conversation(folder), Options(), Report(), lambda: None)


def test_an_import_that_is_interrupted_leaves_nothing(settings: Settings, ask: Ask, tmp_path: Path) -> None:
    batch = read(tmp_path)
    total = imports.steps(batch.contributions, batch.votes, batch.tallies)
    for stop_after in range(total):
        written = 0

        def progress(rows: int, stop_after: int = stop_after) -> None:
            nonlocal written
            written += rows
            if written > stop_after:
                raise KeyboardInterrupt

        with contextlib.suppress(KeyboardInterrupt):
            write(settings, batch, progress)
    counts = ask(
        "select (select count(*) from consultation), (select count(*) from vote), (select count(*) from outbox)"
    )
    assert counts == [(0, 0, 0)]
    write(settings, batch, lambda _: None)  # and the same batch can be written afterwards
    assert ask("select count(*) from contribution") == [(2,)]


def test_a_database_of_another_version(settings: Settings, ask: Ask, tmp_path: Path) -> None:
    ask("update schema_version set version = 99")
    with pytest.raises(UnknownSchema):
        write(settings, read(tmp_path), lambda _: None)
    assert ask("select count(*) from consultation") == [(0,)]


def test_a_database_that_is_away_or_refuses_the_password(settings: Settings, tmp_path: Path) -> None:
    batch = read(tmp_path)
    away = dataclasses.replace(settings, database="postgresql://consultation@127.0.0.1:1/consultation")
    with pytest.raises(NothingWritten) as stopped:
        write(away, batch, lambda _: None)
    assert "ne répond pas" in stopped.value.fr
    (tmp_path / "password").write_text("another")
    with pytest.raises(NothingWritten) as stopped:
        write(dataclasses.replace(settings, database_password_file=tmp_path / "password"), batch, lambda _: None)
    assert "mot de passe" in stopped.value.fr


def test_the_demonstration_is_loaded_once(settings: Settings, ask: Ask) -> None:
    assert demo.main([], settings) == 0
    assert demo.main([], settings) == 0
    assert ask("select count(*) from consultation") == [(1,)]
    assert ask("select count(*) from contribution") == [(45,)]
    publish_tallies(settings)
    assert sum(isinstance(event, PublicTally) for event in published(ask)) == 45
