"""What handlers are given: the service's parts, put together once when it starts."""

from dataclasses import dataclass

from identity_service.access import AccessTokens
from identity_service.bus import Bus
from identity_service.clock import Clock
from identity_service.mail import Mailer
from identity_service.metrics import Metrics
from identity_service.pseudonyms import Pseudonyms
from identity_service.rate_limits import RateLimits
from identity_service.settings import Settings
from identity_service.staff.access import StaffTokens
from identity_service.staff.pseudonyms import StaffPseudonyms
from identity_service.store.database import Pool
from identity_service.vault import Vault


@dataclass(frozen=True, slots=True)
class Context:
    """The parts of a running service."""

    settings: Settings
    clock: Clock
    vault: Vault
    pseudonyms: Pseudonyms
    tokens: AccessTokens
    staff_pseudonyms: StaffPseudonyms
    staff_tokens: StaffTokens
    limits: RateLimits
    metrics: Metrics
    pool: Pool
    mailer: Mailer
    bus: Bus
