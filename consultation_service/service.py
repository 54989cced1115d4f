"""What handlers are given: opened at start, closed at the end."""

from collections.abc import Mapping
from dataclasses import dataclass

from jinja2 import Environment

from consultation_service.batching import Batcher
from consultation_service.bus import Bus
from consultation_service.metrics import Metrics
from consultation_service.participation import Participation
from consultation_service.sessions import Seals
from consultation_service.settings import Settings
from consultation_service.states import Clock
from consultation_service.store.database import Pool
from consultation_service.votes import Answer, Ballot
from consultation_service.words import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """The parts of a running service."""

    settings: Settings
    clock: Clock
    pool: Pool
    seals: Seals
    participation: Participation
    votes: Batcher[Ballot, Answer]
    bus: Bus
    metrics: Metrics
    templates: Mapping[Language, Environment]
