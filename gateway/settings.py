"""Everything that can be set, read once from ``GATEWAY_*``; an unknown name is refused. Secrets are file paths."""

import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from contracts.look import LOOK_NAMES, PLAIN, Look, WrongLook, look_of

PREFIX: Final = "GATEWAY_"
DEFAULTS: Final = {"LISTEN": "127.0.0.1:8000", "DATABASE_POOL": "8"}
NAMES: Final = (
    "LISTEN", "ORIGIN", "CONSULTATION_ORIGIN", "IDENTITY_ORIGIN", "DATABASE", "DATABASE_PASSWORD_FILE", "DATABASE_POOL",
    "NATS", "NATS_SEED_FILE", "TRUSTED_EVENT_KEYS_FILE", *LOOK_NAMES,
)  # fmt: skip
STATE_FILES: Final = Path(sysconfig.get_path("data"), "share", "cloison", "state")
"""Where installation puts the files of the State's theme."""


class InvalidSettings(Exception):
    """A setting is missing, unknown or malformed; the message names the setting and never its value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of the gateway. It has no signing key, no session key and no e-mail settings: nothing to steal."""

    host: str
    """Where to listen, from ``GATEWAY_LISTEN`` (``host:port``)."""
    port: int
    origin: str
    """Public origin of the pages, such as ``https://consultations.example``."""
    consultation_origin: str
    """Origin of consultation_service, where the forms of the pages go and which the script of the pages asks."""
    identity_origin: str
    """Origin of identity_service, where a visitor finds "my data"."""
    database: str
    """PostgreSQL address without password: ``postgresql://role@host:port/name``."""
    database_password_file: Path
    """File that holds the role's password."""
    database_pool: int
    """Connections kept open, at most."""
    nats: str
    """NATS address: ``nats://host:port``."""
    nats_seed_file: Path
    """File that holds the nkey seed of this service's user."""
    trusted_event_keys_file: Path
    """Public keys of consultation's facts: lines ``<key id> <base64 raw public key>``."""
    look: Look = PLAIN
    """Theme, name, logo and colour of the pages."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """Read the settings. Raises ``InvalidSettings``."""
        given = {name.removeprefix(PREFIX): v for name, v in environment.items() if name.startswith(PREFIX)}
        unknown = sorted(given.keys() - set(NAMES))
        if unknown:
            known = ", ".join(PREFIX + name for name in NAMES)
            raise InvalidSettings(f"Unknown setting {PREFIX}{unknown[0]}. Known: {known}.")
        values = {**DEFAULTS, **given}
        missing = [name for name in NAMES if name not in LOOK_NAMES and not values.get(name)]
        if missing:
            raise InvalidSettings(f"Missing setting {PREFIX}{missing[0]}.")
        host, port = _address(values["LISTEN"])
        return cls(
            host=host,
            port=port,
            origin=_origin(values, "ORIGIN"),
            consultation_origin=_origin(values, "CONSULTATION_ORIGIN"),
            identity_origin=_origin(values, "IDENTITY_ORIGIN"),
            database=values["DATABASE"],
            database_password_file=Path(values["DATABASE_PASSWORD_FILE"]),
            database_pool=_positive(values, "DATABASE_POOL"),
            nats=values["NATS"],
            nats_seed_file=Path(values["NATS_SEED_FILE"]),
            trusted_event_keys_file=Path(values["TRUSTED_EVENT_KEYS_FILE"]),
            look=_look(values),
        )


def _look(values: Mapping[str, str]) -> Look:
    try:
        return look_of(values, PREFIX, STATE_FILES, lambda path: Path(path).read_bytes())
    except WrongLook as wrong:
        raise InvalidSettings(str(wrong)) from None


def _address(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not colon or not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise InvalidSettings(f"{PREFIX}LISTEN must be host:port.")
    return host.strip("[]"), int(port)


def _origin(values: Mapping[str, str], name: str) -> str:
    """An origin is written into the Content-Security-Policy: nothing but scheme, host and port may be in it."""
    parts = urlsplit(values[name])
    plain = parts.netloc and not set(parts.netloc) & set("@;, '\"") and parts.path in ("", "/") and not parts.query
    if parts.scheme not in ("http", "https") or not plain:
        raise InvalidSettings(f"{PREFIX}{name} must be an origin, such as https://consultations.example.")
    return f"{parts.scheme}://{parts.netloc}"


def _positive(values: Mapping[str, str], name: str) -> int:
    if not values[name].isdigit() or not int(values[name]):
        raise InvalidSettings(f"{PREFIX}{name} must be a positive number.")
    return int(values[name])
