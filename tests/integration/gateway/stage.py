"""A gateway on real engines, told what to show by events signed as consultation_service signs them."""

import asyncio
import datetime
import hashlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from contracts.events import (
    AddedKind,
    AnswerStatus,
    AnswerText,
    Change,
    Event,
    JournalEntry,
    PublicAnswers,
    PublicConsultation,
    PublicContribution,
    PublicJournal,
    PublicOfficialAnswer,
    PublicRankingResult,
    PublicSection,
    PublicStatement,
    PublicTally,
    PublicVersion,
    QuestionTotals,
    Sealed,
    StatementKind,
    StatementText,
    VersionVotes,
    encode,
    new_id,
    seal,
    subject_of,
)
from gateway.app import create_app
from gateway.context import Context
from gateway.facts import rows_of
from gateway.settings import Settings
from gateway.store import projection
from tests.harness import Bus

CONSULTATION = "11111111-1111-4111-8111-111111111111"
SECTION = "22222222-2222-4222-8222-222222222222"
SECTION_KINDS: tuple[AddedKind, ...] = ("proposal", "opinion", "argument", "source", "comment")
TODAY = datetime.datetime.now(datetime.UTC).date()


def consultation(**changed: object) -> PublicConsultation:
    """An open consultation of one section."""
    section = PublicSection(
        id=SECTION, parent=None, position=0, title="La rue", introduction_html="", kinds=SECTION_KINDS,
        scale="agree_mixed_disagree",
    )  # fmt: skip
    facts = {
        "id": new_id(), "consultation": CONSULTATION, "version": 1, "slug": "ma-rue", "title": "Ma rue demain",
        "introduction_html": "<p>Dites-nous.</p>", "organiser": "Ville d’Exemple", "language": "fr", "state": "open",
        "opens_on": TODAY - datetime.timedelta(3), "closes_on": TODAY + datetime.timedelta(30),
        "scale": "agree_mixed_disagree", "terms_version": "1", "level": 1, "sections": (section,), "source": "",
    }  # fmt: skip
    return PublicConsultation(**{**facts, **changed})  # type: ignore[arg-type]


def contribution(contribution: str, **changed: object) -> PublicContribution:
    """A published proposal."""
    facts = {
        "id": new_id(), "contribution": contribution, "consultation": CONSULTATION, "section": SECTION, "version": 1,
        "kind": "proposal", "parent": None, "side": None, "title": "Un banc", "body": "Devant l’école.",
        "body_html": "<p>Devant l’école.</p>", "link": "", "category": "", "day": TODAY, "state": "published",
        "scale": "agree_mixed_disagree",
    }  # fmt: skip
    return PublicContribution(**{**facts, **changed})  # type: ignore[arg-type]


def argument(contribution_id: str, parent: str, side: str = "for", **changed: object) -> PublicContribution:
    """A published argument."""
    return contribution(contribution_id, kind="argument", parent=parent, side=side, title="", **changed)


def source(contribution_id: str, parent: str, **changed: object) -> PublicContribution:
    """A published source."""
    facts = {"title": "Une étude", "link": "https://etude.example/1", **changed}
    return contribution(contribution_id, kind="source", parent=parent, **facts)


def tally(
    contribution_id: str,
    version: int = 1,
    imported: dict[str, int] | None = None,
    by_version: tuple[VersionVotes, ...] = (),
    **cast: int,
) -> PublicTally:
    """Totals of an item."""
    counts = {"agree": 0, "mixed": 0, "disagree": 0, **cast}
    return PublicTally(
        id=new_id(), contribution=contribution_id, consultation=CONSULTATION, version=version, cast=counts,
        imported=imported, by_version=by_version,
    )  # fmt: skip


def version(identifier: str, about: str, revision: int = 1, number: int = 1, title: str = "Un banc") -> PublicVersion:
    """A former version of a text."""
    return PublicVersion(
        id=new_id(), version=identifier, contribution=about, consultation=CONSULTATION, revision=revision,
        number=number, title=title, body_html=f"<p>Révision {revision}.</p>", day=TODAY,
        changes=(Change(kind="removed", text="Deux bancs"), Change(kind="added", text=title)),
    )  # fmt: skip


def ranking(section: str, version: int = 1, ballots: int = 3, options: tuple[str, ...] = ()) -> PublicRankingResult:
    """The totals of a ranking of two options."""
    return PublicRankingResult(
        id=new_id(), section=section, consultation=CONSULTATION, version=version, ballots=ballots,
        options=options or (CONSULTATION, SECTION), matrix=((0, 2), (1, 0)), borda=("2", "1"), condorcet=0,
        schulze=((0,), (1,)),
    )  # fmt: skip


def answers(
    section: str, version: int = 1, sent: int = 12, questions: tuple[QuestionTotals, ...] = ()
) -> PublicAnswers:
    """The totals of a questionnaire."""
    return PublicAnswers(
        id=new_id(), section=section, consultation=CONSULTATION, version=version, sent=sent, questions=questions
    )


def official_answer(about: str, version: int = 1, status: AnswerStatus = "partly") -> PublicOfficialAnswer:
    """What the organiser answers, in as many versions as ``version`` says."""
    texts = tuple(
        AnswerText(number=n, status=status, reason="Un sur deux.", body_html=f"<p>Réponse {n}.</p>", day=TODAY)
        for n in range(1, version + 1)
    )
    return PublicOfficialAnswer(
        id=new_id(), contribution=about, consultation=CONSULTATION, version=version, texts=texts
    )


def statement(identifier: str, version: int = 1, kind: StatementKind = "synthesis") -> PublicStatement:
    """A synthesis, in as many versions as ``version`` says."""
    texts = tuple(
        StatementText(number=n, title="Ce que nous avons lu", body_html=f"<p>Version {n}.</p>", day=TODAY)
        for n in range(1, version + 1)
    )
    return PublicStatement(
        id=new_id(), statement=identifier, consultation=CONSULTATION, version=version, kind=kind, texts=texts
    )


def journal(about: str, version: int = 1, rule: str = "insult") -> PublicJournal:
    """A report and the decision to hide."""
    entries = (
        JournalEntry(
            number=1, kind="reported", day=TODAY, decision=None, rule=rule, facts="", automated=False, about=0
        ),
        JournalEntry(
            number=2, kind="decided", day=TODAY, decision="hide", rule=rule, facts=f"Un mot, {version}.",
            automated=False, about=0,
        ),
    )  # fmt: skip
    return PublicJournal(id=new_id(), contribution=about, consultation=CONSULTATION, version=version, entries=entries)


class Publisher:
    """Signs and publishes as consultation_service."""

    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        key = load_pem_private_key(bus.secrets.path("consultation", "event.pem").read_bytes(), password=None)
        assert isinstance(key, Ed25519PrivateKey)
        self.key = key
        self.key_id = hashlib.sha256(key.public_key().public_bytes_raw()).hexdigest()[:16]

    def sealed(self, event: Event) -> Sealed:
        """The message of ``event``."""
        return seal(event.id, subject_of(event), encode(event), self.key_id, self.key.sign)

    async def publish(self, *events: Event | Sealed) -> int:
        """Publish in this order and return the stream's last sequence."""
        connection = await self.bus.connect("consultation")
        jetstream = connection.jetstream()
        last = 0
        for event in events:
            message = event if isinstance(event, Sealed) else self.sealed(event)
            last = (await jetstream.publish(message.subject, message.body, headers=message.headers)).seq
        await connection.close()
        return last


@dataclass(frozen=True)
class Running:
    """A gateway that runs in this process."""

    client: httpx.AsyncClient
    context: Context

    async def until_applied(self, sequence: int) -> None:
        """Wait until the projection has reached ``sequence``, and pages say so."""
        deadline = time.monotonic() + 15
        while await self.context.pool.fetchval("select applied from projection") < sequence:
            assert time.monotonic() < deadline, "the projection did not follow"
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.25)  # for as long as a revision is believed


@asynccontextmanager
async def running(environment: dict[str, str]) -> AsyncIterator[Running]:
    """A gateway with these settings."""
    edge = create_app(Settings.from_environment(environment))
    starlette = edge.app.app  # type: ignore[attr-defined]  # the layer in between is the shelf's
    async with starlette.router.lifespan_context(starlette) as state:

        async def app(scope, receive, send):  # type: ignore[no-untyped-def]
            await edge({**scope, "state": dict(state)}, receive, send)

        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway.example") as client:
            yield Running(client, state["context"])


async def told(gateway: Running, *events: object) -> None:
    """Put events straight into the projection; what the bus does is tested elsewhere."""
    await projection.apply(gateway.context.pool, 1, rows_of(events), [])  # type: ignore[arg-type]
    gateway.context.catalogue._asked_at = float("-inf")  # do not wait until a revision stops being believed
