"""What leaves for the bus and what comes from it, repeats, disorder and absence included."""

import asyncio
import itertools
import time
from typing import Any

import pytest

from consultation_service.keys import load
from consultation_service.publication import consultation_events
from consultation_service.pseudonyms import Pseudonyms
from consultation_service.settings import Settings
from consultation_service.store import consultations, outbox, participants, tallies
from consultation_service.states import day_of
from contracts.events import (
    ConsultationAnnounced,
    ErasureDone,
    ErasureRequested,
    PublicConsultation,
    PublicContribution,
    PublicTally,
    WithdrawalDone,
    WithdrawalRequested,
    new_id,
    unseal,
)
from contracts.tokens import b64u
from tests.harness import Bus, EnvironmentOf
from tests.integration.consultation.conftest import Clock, House, running

pytestmark = pytest.mark.anyio


async def until(condition, seconds: float = 5.0) -> Any:
    end = time.monotonic() + seconds
    while True:
        found = await condition()
        if found or time.monotonic() > end:
            assert found, "it did not happen in time"
            return found
        await asyncio.sleep(0.05)


async def said(bus: Bus, secrets, stream: str) -> list[Any]:
    """Every message of a stream, checked with consultation's public key."""
    key = load_public(secrets)
    user = "consultation-provisioner" if "consultation-provisioner" in dir(secrets) else None
    raise NotImplementedError(user, key)


async def drained(house: House) -> bool:
    due = await house.pool.fetchval("select count(*) from tally_due")
    return not due and not await outbox.count_waiting(house.pool)
