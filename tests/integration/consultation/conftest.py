"""The service of ``house.py`` as a fixture."""

import dataclasses
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
async def house(settings: Settings, secrets: Secrets) -> AsyncIterator[House]:
    async with running(settings, secrets, Clock()) as house:
        await house.create()
        yield house


@pytest.fixture
async def unheard(settings: Settings, secrets: Secrets) -> AsyncIterator[House]:
    """A house whose bus is away: what it says waits in the outbox, where tests read it."""
    away = dataclasses.replace(settings, nats="nats://127.0.0.1:1")
    async with running(away, secrets, Clock()) as house:
        await house.create()
        yield house
