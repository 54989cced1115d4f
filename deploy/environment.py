"""The environment of each service: its own settings and nothing of the launcher's."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from contracts.look import LOOK_NAMES
from contracts.subjects import Service
from deploy.secrets import Secrets

ROOT: Final = Path(__file__).resolve().parent.parent
DEFAULT_PORT_BASE: Final = 8000
SERVICES: Final = tuple(str(service) for service in Service)
PACKAGES: Final = {"identity": "identity_service", "consultation": "consultation_service", "gateway": "gateway"}

_ORDER: Final = ("gateway", "identity", "consultation", "postgres", "nats")


@dataclass(frozen=True, slots=True)
class Addresses:
    """The five ports of a stack, counted from ``port_base``.

    Gateway and consultation are on one host name, so that the page's script can post with the session cookie; identity
    is on another, so that its cookie never reaches them.
    """

    port_base: int = DEFAULT_PORT_BASE

    def port(self, name: str) -> int:
        """The port of a process: a service, ``postgres`` or ``nats``."""
        return self.port_base + _ORDER.index(name)

    def ports(self) -> range:
        """All five."""
        return range(self.port_base, self.port_base + len(_ORDER))

    def origin(self, service: str) -> str:
        """What a browser calls the service."""
        host = "127.0.0.1" if service == Service.IDENTITY else "localhost"
        return f"http://{host}:{self.port(service)}"


def environment(service: str, addresses: Addresses, secrets: Secrets, *, database: str, bus: str) -> dict[str, str]:
    """The settings of ``service``; ``database`` and ``bus`` are addresses without secrets."""
    own = {
        "LISTEN": f"127.0.0.1:{addresses.port(service)}",
        "ORIGIN": addresses.origin(service),
        **{f"{other.upper()}_ORIGIN": addresses.origin(other) for other in Service if other != service},
        "DATABASE": database,
        "DATABASE_PASSWORD_FILE": str(secrets.password_file(service)),
        "NATS": bus,
        "NATS_SEED_FILE": str(secrets.seed_file(service)),
        **{name: str(secrets.path(service, file)) for name, file in _KEY_FILES[service].items()},
        **chosen_look(os.environ),
    }
    return {f"{service.upper()}_{name}": value for name, value in own.items()}


def chosen_look(given: Mapping[str, str]) -> dict[str, str]:
    """The look asked for with ``CLOISON_THEME`` and its neighbours: the same for the three services."""
    return {name: given[f"CLOISON_{name}"] for name in LOOK_NAMES if given.get(f"CLOISON_{name}")}


def process_environment() -> dict[str, str]:
    """What any Python process of ours needs besides its settings."""
    return {
        "PATH": os.defpath,
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
    }


_KEY_FILES: Final[dict[str, dict[str, str]]] = {
    "identity": {
        "EVENT_KEY_FILE": "event.pem",
        "TRUSTED_EVENT_KEYS_FILE": "trusted_event_keys",
        "TOKEN_KEY_FILE": "token.pem",
        "VAULT_KEY_FILE": "vault.key",
        "PSEUDONYM_KEY_FILE": "pseudonym.key",
        "STAFF_KEY_FILE": "staff.key",
        "NOTICE_KEY_FILE": "notice.pem",
    },
    "consultation": {
        "EVENT_KEY_FILE": "event.pem",
        "TRUSTED_EVENT_KEYS_FILE": "trusted_event_keys",
        "TRUSTED_TOKEN_KEYS_FILE": "trusted_token_keys",
        "PSEUDONYM_KEY_FILE": "pseudonym.key",
        "SESSION_KEY_FILE": "session.key",
        "NOTICE_KEY_FILE": "notice.key",
    },
    "gateway": {"TRUSTED_EVENT_KEYS_FILE": "trusted_event_keys"},
}
