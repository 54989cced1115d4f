"""A questionnaire and a ranking in the house, with the totals that a reader of the bus would have."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import httpx
import msgspec

from consultation_service.keys import load
from consultation_service.pseudonyms import Pseudonyms
from consultation_service.rules import conditions as when
from consultation_service.rules import questionnaires as q
from consultation_service.settings import Settings
from consultation_service.states import day_of
from consultation_service.store import participants, section_totals
from consultation_service.store.outbox import RELAY_LOCK
from contracts.events import Event, PublicRankingRules, WithdrawalRequested, _decoder, new_id
from deploy.secrets import Secrets
from tests.integration.consultation.house import Clock, House, Participant, running

MEANS = (
    q.Option(key="train", label="En train"),
    q.Option(key="bike", label="À vélo"),
    q.Option(key="car", label="En voiture"),
)
TRAVEL = q.Questionnaire(
    editable=True,
    sections=(
        q.Section(
            key="travel",
            title="Vos trajets",
            introduction="Pensez à une **semaine ordinaire**.",
            items=(
                q.Single(key="means", label="Comment venez-vous ?", options=MEANS, other=True, required=True),
                q.ShortText(
                    key="line",
                    label="Par quelle ligne ?",
                    required=True,
                    show_if=when.Equals(question="means", value="train"),
                ),
                q.Multiple(key="days", label="Quels jours ?", options=MEANS, most=2, other=True),
            ),
        ),
        q.Section(
            key="cars",
            title="En voiture",
            show_if=when.Equals(question="means", value="car"),
            items=(
                q.Number(key="people", label="À combien dans la voiture ?", smallest=1, largest=9, unit="personnes"),
                q.Matrix(key="roads", label="L’état des routes", rows=MEANS[:2], columns=MEANS, required=True),
            ),
        ),
        q.Section(
            key="opinion",
            title="Votre avis",
            items=(
                q.TextBlock(key="hello", body="Trois questions *pour finir*."),
                q.Scale(key="mark", label="Quelle note ?", first_label="mauvaise", last_label="excellente"),
                q.Ranking(key="order", label="Que faut-il améliorer d’abord ?", options=MEANS),
                q.Day(key="since", label="Depuis quand ?"),
                q.LongText(key="why", label="Que voulez-vous ajouter ?"),
            ),
        ),
    ),
)
FIRST = {"means": "train", "line": "Ligne 12", "mark": 4, "order": ["bike", "train"]}


@dataclass
class Sheets:
    """The sections where participants answer; ``told`` is the last public event of each."""

    house: House
    questionnaire: str = field(default_factory=new_id)
    ranking: str = field(default_factory=new_id)
    options: list[str] = field(default_factory=list)
    told: dict[str, Any] = field(default_factory=dict)
    someone: Participant | None = None

    async def lay(
        self, definition: q.Questionnaire = TRAVEL, rules: PublicRankingRules | None = None, options: int = 4
    ) -> None:
        rules = rules or PublicRankingRules(method="condorcet")
        self.options = sorted(new_id() for _ in range(options))
        pool = self.house.pool
        for section, title, kind, column, said in (
            (self.questionnaire, "Vos déplacements", "questionnaire", "questionnaire", definition),
            (self.ranking, "Vos priorités", "ranking", "ranking", rules),
        ):
            await pool.execute(
                f"insert into section (id, consultation_id, position, title, scale, kind, {column}) "
                "values ($1, $2, 5, $3, 'support', $4, $5)",
                section, self.house.consultation, title, kind, msgspec.json.encode(said).decode(),
            )  # fmt: skip
        names = ("Une piste cyclable", "Un bus de nuit", "Des trottoirs plus larges", "Une navette")
        for place, option in enumerate(self.options):
            name = names[place] if place < len(names) else f"Option {place}"
            await pool.execute(
                "insert into contribution (id, consultation_id, section_id, kind, title, body, body_html, scale, day, "
                "position) values ($1, $2, $3, 'option', $4, 'Texte', '<p>Entre la gare et le lycée.</p>', 'support', "
                "'2026-11-01', $5)",
                option, self.house.consultation, self.ranking, name, place,
            )  # fmt: skip

    async def answer(self, who: Participant, answers: dict[str, Any], *, sent: bool = True) -> httpx.Response:
        return await self.house.client.put(
            f"/v1/sections/{self.questionnaire}/response",
            json={"answers": answers, "sent": sent},
            headers=self.house.headers(who),
        )

    async def rank(self, who: Participant, ranked: list[str], points: dict[str, int] | None = None) -> httpx.Response:
        return await self.house.client.put(
            f"/v1/sections/{self.ranking}/ranking",
            json={"ranked": ranked, "points": points or {}},
            headers=self.house.headers(who),
        )

    async def withdraw(self, who: Participant, what: str) -> httpx.Response:
        section = self.questionnaire if what == "response" else self.ranking
        return await self.house.client.delete(f"/v1/sections/{section}/{what}", headers=self.house.headers(who))

    async def publish(self) -> list[Event]:
        """Do what the relay does; returns the new public totals."""
        await section_totals.publish_due(self.house.pool)
        return await self.read()

    async def read(self) -> list[Event]:
        """Take the totals that wait for the bus."""
        rows = await self.house.pool.fetch(
            "delete from outbox where subject like 'public.v1.answers.%' or subject like 'public.v1.ranking.%' "
            "returning body"
        )
        events = [_decoder.decode(row["body"]) for row in rows]
        for event in events:
            self.told[event.section] = event  # type: ignore[union-attr]
        return events

    async def leave(self, request: WithdrawalRequested) -> None:
        """Carry out what identity asks, as the consumer does."""
        pseudonyms = Pseudonyms(load(self.house.settings).pseudonym_root)
        pseudonym = pseudonyms.of(request.consultation, request.subject)
        await participants.leave(self.house.pool, request, pseudonym, day_of(self.house.clock()))


@asynccontextmanager
async def laid(settings: Settings, secrets: Secrets) -> AsyncIterator[Sheets]:
    """A house where the relay rests, because its lock is taken: tests publish by themselves."""
    password = settings.database_password_file.read_text().strip()
    holder = await asyncpg.connect(settings.database, password=password)
    await holder.execute("select pg_advisory_lock($1)", RELAY_LOCK)
    async with running(settings, secrets, Clock()) as house:
        await house.create()
        sheets = Sheets(house)
        await sheets.lay()
        yield sheets
    await holder.close()
