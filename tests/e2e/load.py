"""Participants who vote and write without a pause, insist until they are answered, and remember what they were told."""

import asyncio
import random
import threading
import uuid
from typing import Any, Final

import httpx

from deploy.local import Place
from tests.e2e.participants import bearer

CHOICES: Final = ("agree", "mixed", "disagree")
PAUSE_SECONDS: Final = 0.01
VOTES_FOR_EACH_TEXT: Final = 40


class Voter:
    """One participant. ``told`` is the last choice acknowledged for each item, ``written`` the ids of texts."""

    def __init__(self, place: Place, consultation: dict[str, Any], items: list[str], seed: int) -> None:
        self.headers = {"authorization": f"Bearer {bearer(place, consultation['id'])}"}
        self.origin = place.origin("consultation").replace("localhost", "127.0.0.1")
        self.consultation = consultation["id"]
        self.section = next(section for section in consultation["sections"] if section["kinds"])
        self.items = items
        self.random = random.Random(seed)
        self.told: dict[str, str] = {}
        self.written: list[str] = []
        self.acknowledged = 0
        self.tried = 0

    async def live(self, client: httpx.AsyncClient, stop: threading.Event) -> None:
        """Vote and write until ``stop``; what was begun is finished."""
        while not stop.is_set():
            await self._vote(client)
            if self.acknowledged % VOTES_FOR_EACH_TEXT == 0:
                await self._write(client)
            await asyncio.sleep(PAUSE_SECONDS)

    async def _vote(self, client: httpx.AsyncClient) -> None:
        item, choice = self.random.choice(self.items), self.random.choice(CHOICES)
        await self._insist(client, "PUT", f"/v1/contributions/{item}/vote", {"choice": choice}, {})
        self.told[item] = choice
        self.acknowledged += 1

    async def _write(self, client: httpx.AsyncClient) -> None:
        text = {
            "kind": self.section["kinds"][0],
            "section": self.section["id"],
            "title": "Un titre",
            "body": "Un texte.",
        }
        key = {"idempotency-key": str(uuid.uuid4())}
        answer = await self._insist(client, "POST", f"/v1/consultations/{self.consultation}/contributions", text, key)
        self.written.append(answer.json()["id"])

    async def _insist(
        self, client: httpx.AsyncClient, method: str, path: str, body: dict[str, str], headers: dict[str, str]
    ) -> httpx.Response:
        """As a person would: try the same thing again until there is an answer."""
        while True:
            self.tried += 1
            try:
                answer = await client.request(method, self.origin + path, json=body, headers=self.headers | headers)
            except httpx.HTTPError:
                await asyncio.sleep(0.1)
                continue
            if answer.status_code in (200, 201, 204):
                return answer
            assert answer.status_code == 503, f"{answer.status_code} {answer.text}"
            await asyncio.sleep(0.1)


class Load:
    """The voters, in a thread of their own."""

    def __init__(self, voters: list[Voter]) -> None:
        self.voters = voters
        self.stop = threading.Event()
        self.failure: BaseException | None = None
        self.thread = threading.Thread(target=self._run, name="load")

    def __enter__(self) -> "Load":
        self.thread.start()
        return self

    def __exit__(self, *failure: object) -> None:
        self.stop.set()
        self.thread.join(60)
        assert not self.thread.is_alive(), "somebody still waits for an answer"
        if self.failure is not None:
            raise self.failure

    def _run(self) -> None:
        try:
            asyncio.run(self._everybody())
        except BaseException as failure:
            self.failure = failure

    async def _everybody(self) -> None:
        async with httpx.AsyncClient(timeout=5) as client:
            await asyncio.gather(*(voter.live(client, self.stop) for voter in self.voters))
