"""The service of ``house.py`` as a fixture."""

import dataclasses
import inspect
from collections.abc import AsyncIterator

import pytest

from consultation_service.settings import Settings
from deploy.secrets import Secrets
from tests.harness import EnvironmentOf
from tests.integration.consultation.house import Clock, House, running


@pytest.fixture
def settings(environment: EnvironmentOf) -> Settings:
    return Settings.from_environment(environment("consultation"))


@pytest.fixture
async def house(settings: Settings, secrets: Secrets, request: pytest.FixtureRequest) -> AsyncIterator[House]:
    """Only a test that asks for ``bus`` has one: otherwise what is said waits in the outbox, where tests read it."""
    asked = "bus" in inspect.signature(request.function).parameters
    chosen = settings if asked else dataclasses.replace(settings, nats="nats://127.0.0.1:1")
    async with running(chosen, secrets, Clock()) as house:
        await house.create()
        yield house
