"""Everything that can be set, read once from ``CONSULTATION_*``; an unknown name is refused. Secrets are file paths."""

import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from contracts.look import LOOK_NAMES, PLAIN, Look, WrongLook, look_of

PREFIX: Final = "CONSULTATION_"
DEFAULTS: Final = {"LISTEN": "127.0.0.1:8002", "DATABASE_POOL": "8"}
NAMES: Final = (
    "LISTEN", "ORIGIN", "GATEWAY_ORIGIN", "IDENTITY_ORIGIN", "DATABASE", "DATABASE_PASSWORD_FILE", "DATABASE_POOL",
    "NATS", "NATS_SEED_FILE", "EVENT_KEY_FILE", "TRUSTED_EVENT_KEYS_FILE", "TRUSTED_TOKEN_KEYS_FILE",
    "PSEUDONYM_KEY_FILE", "SESSION_KEY_FILE", "NOTICE_KEY_FILE", *LOOK_NAMES,
)  # fmt: skip
STATE_FILES: Final = Path(sysconfig.get_path("data"), "share", "cloison", "state")
"""Where installation puts the files of the State's theme."""


class InvalidSettings(Exception):
    """A setting is missing, unknown or malformed; the message names the setting and never its value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of consultation_service."""

    host: str
    """Where to listen, from ``CONSULTATION_LISTEN`` (``host:port``)."""
    port: int
    origin: str
    """Public origin of this service, such as ``https://contribuer.example``."""
    gateway_origin: str
    """Origin of the public pages: the only one that may call this service from a browser, or be returned to."""
    identity_origin: str
    """Origin of identity_service, where participants sign in; also the issuer that access tokens must name."""
    database: str
    """PostgreSQL address without password: ``postgresql://role@host:port/name``."""
    database_password_file: Path
    """File that holds the role's password."""
    database_pool: int
    """Connections kept open, at most; one more serves the relay and one more the votes."""
    nats: str
    """NATS address: ``nats://host:port``."""
    nats_seed_file: Path
    """File that holds the nkey seed of this service's user."""
    event_key_file: Path
    """Ed25519 private key (PKCS8 PEM) that signs the facts this service states."""
    trusted_event_keys_file: Path
    """Public keys of identity's facts: lines ``<key id> <base64 raw public key>``."""
    trusted_token_keys_file: Path
    """Public keys of identity's access tokens, same form."""
    pseudonym_key_file: Path
    """32 random bytes in base64: the root of this service's half of every pseudonym. Losing it loses every session."""
    session_key_file: Path
    """32 random bytes in base64 that seal the session cookie. Changing it signs everybody out."""
    notice_key_file: Path
    """Identity's X25519 public key, raw, in base64: participants' tokens are sealed for it, never to be opened here."""
    look: Look = PLAIN
    """Theme, name, logo and colour of the pages."""

    @property
    def secure(self) -> bool:
        """Whether browsers reach this service over HTTPS."""
        return self.origin.startswith("https://")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """Read the settings. Raises ``InvalidSettings``."""
        given = {name.removeprefix(PREFIX): v for name, v in environment.items() if name.startswith(PREFIX)}
        unknown = sorted(given.keys() - set(NAMES))
        if unknown:
            raise InvalidSettings(
                f"Unknown setting {PREFIX}{unknown[0]}. Known: {', '.join(PREFIX + n for n in NAMES)}."
            )
        values = {**DEFAULTS, **given}
        missing = [name for name in NAMES if name not in LOOK_NAMES and not values.get(name)]
        if missing:
            raise InvalidSettings(f"Missing setting {PREFIX}{missing[0]}.")
        host, port = _address(values["LISTEN"])
        return cls(
            host=host,
            port=port,
            origin=_origin(values, "ORIGIN"),
            gateway_origin=_origin(values, "GATEWAY_ORIGIN"),
            identity_origin=_origin(values, "IDENTITY_ORIGIN"),
            database=values["DATABASE"],
            database_password_file=Path(values["DATABASE_PASSWORD_FILE"]),
            database_pool=_positive(values, "DATABASE_POOL"),
            nats=values["NATS"],
            nats_seed_file=Path(values["NATS_SEED_FILE"]),
            event_key_file=Path(values["EVENT_KEY_FILE"]),
            trusted_event_keys_file=Path(values["TRUSTED_EVENT_KEYS_FILE"]),
            trusted_token_keys_file=Path(values["TRUSTED_TOKEN_KEYS_FILE"]),
            pseudonym_key_file=Path(values["PSEUDONYM_KEY_FILE"]),
            session_key_file=Path(values["SESSION_KEY_FILE"]),
            notice_key_file=Path(values["NOTICE_KEY_FILE"]),
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
    parts = urlsplit(values[name])
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.path not in ("", "/") or "@" in parts.netloc:
        raise InvalidSettings(f"{PREFIX}{name} must be an origin, such as https://contribuer.example.")
    return f"{parts.scheme}://{parts.netloc}"


def _positive(values: Mapping[str, str], name: str) -> int:
    if not values[name].isdigit() or not int(values[name]):
        raise InvalidSettings(f"{PREFIX}{name} must be a positive number.")
    return int(values[name])
