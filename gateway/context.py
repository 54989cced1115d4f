"""What every handler needs, opened once by the lifespan of the application."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.requests import Request

from gateway.bus import Bus
from gateway.cache import Cache
from gateway.catalogue import Catalogue
from gateway.metrics import Metrics
from gateway.settings import Settings
from gateway.shelf import Shelf
from gateway.store.database import Pool

if TYPE_CHECKING:
    from gateway.live import Live


@dataclass(frozen=True, slots=True)
class Context:
    """The open resources of one process."""

    settings: Settings
    pool: Pool
    bus: Bus
    cache: Cache
    catalogue: Catalogue
    metrics: Metrics
    shelf: Shelf
    live: "Live"


def context(request: Request) -> Context:
    """The context that the lifespan put beside the request."""
    found: Context = request.state.context
    return found
