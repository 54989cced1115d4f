"""Everything that can be set, read once from ``IDENTITY_*``; an unknown name is refused. Secrets are file paths."""

import ipaddress
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from contracts.look import LOOK_NAMES, PLAIN, Look, WrongLook, look_of

PREFIX: Final = "IDENTITY_"
DEFAULTS: Final = {
    "LISTEN": "127.0.0.1:8001", "DATABASE_POOL": "8", "CODES_PER_NETWORK": "60",
    "MAIL_FROM": "ne-pas-repondre@cloison.example",
}  # fmt: skip
OPTIONAL: Final = ("SMTP", "SMTP_USER", "SMTP_PASSWORD_FILE", "TRUSTED_PROXIES", *LOOK_NAMES)
NAMES: Final = (
    "LISTEN", "ORIGIN", "GATEWAY_ORIGIN", "CONSULTATION_ORIGIN", "DATABASE", "DATABASE_PASSWORD_FILE", "DATABASE_POOL",
    "NATS", "NATS_SEED_FILE", "EVENT_KEY_FILE", "TRUSTED_EVENT_KEYS_FILE", "TOKEN_KEY_FILE", "VAULT_KEY_FILE",
    "PSEUDONYM_KEY_FILE", "STAFF_KEY_FILE", "NOTICE_KEY_FILE", "MAIL_FROM", "CODES_PER_NETWORK", *OPTIONAL,
)  # fmt: skip
STATE_FILES: Final = Path(sysconfig.get_path("data"), "share", "cloison", "state")
"""Where installation puts the files of the State's theme."""


class InvalidSettings(Exception):
    """A setting is missing, unknown or malformed; the message names the setting and never its value."""


@dataclass(frozen=True, slots=True)
class Smtp:
    """Where mail leaves. ``implicit_tls`` for ``smtps://``; ``smtp://`` takes STARTTLS when it is offered."""

    host: str
    port: int
    implicit_tls: bool
    user: str
    password_file: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of identity_service."""

    host: str
    """Where to listen, from ``IDENTITY_LISTEN`` (``host:port``)."""
    port: int
    origin: str
    """Public origin of this service, such as ``https://identite.example``; the issuer of its access tokens."""
    gateway_origin: str
    """Origin of the public pages, for the links back."""
    consultation_origin: str
    """Origin of consultation_service, the only one to which a page of ours posts an access token."""
    database: str
    """PostgreSQL address without password: ``postgresql://role@host:port/name``."""
    database_password_file: Path
    """File that holds the role's password."""
    database_pool: int
    """Connections kept open, at most; one of them serves the relay."""
    nats: str
    """NATS address: ``nats://host:port``."""
    nats_seed_file: Path
    """File that holds the nkey seed of this service's user."""
    event_key_file: Path
    """Ed25519 private key (PKCS8 PEM) that signs the facts this service states."""
    trusted_event_keys_file: Path
    """Public keys of consultation's facts: lines ``<key id> <base64 raw public key>``."""
    token_key_file: Path
    """Ed25519 private key (PKCS8 PEM) that signs access tokens."""
    vault_key_file: Path
    """32 random bytes in base64: the root of the keys of addresses. Losing it loses every account."""
    pseudonym_key_file: Path
    """32 random bytes in base64: the root of our half of every pseudonym. Losing it orphans what people said."""
    staff_key_file: Path
    """32 random bytes in base64: the root of the pseudonyms of staff. Losing it orphans the journals of their acts."""
    notice_key_file: Path
    """X25519 private key (PKCS8 PEM) for which consultation seals tokens. Losing it ends participants' notices."""
    mail_from: str
    """The sender's address; without SMTP an example one will do."""
    smtp: Smtp | None
    """Where mail leaves; None opens the development mailbox, refused unless listener and origin are loopback."""
    trusted_proxies: tuple[str, ...]
    """Addresses of the reverse proxies whose X-Forwarded-For is believed, for the rate limits only."""
    codes_per_network: int
    """Codes that one network (IPv4 address or IPv6 /64) may ask for in 15 minutes; offices share an address."""
    look: Look = PLAIN
    """Theme, name, logo and colour of the pages."""

    @property
    def secure(self) -> bool:
        """Whether the public origin is HTTPS, hence cookies ``Secure``."""
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
        missing = [name for name in NAMES if name not in OPTIONAL and not values.get(name)]
        if missing:
            raise InvalidSettings(f"Missing setting {PREFIX}{missing[0]}.")
        host, port = _address(values["LISTEN"])
        smtp = _smtp(values)
        origin = _origin(values, "ORIGIN")
        # A public origin with a listener on loopback is a reverse proxy, to which everybody looks like this machine.
        if smtp is None and not (is_loopback(host) and is_loopback(urlsplit(origin).hostname or "")):
            raise InvalidSettings(
                f"{PREFIX}SMTP is needed when {PREFIX}LISTEN or {PREFIX}ORIGIN is not a loopback address: "
                "the development mailbox would show everybody's codes."
            )
        if smtp is not None and "MAIL_FROM" not in given:
            raise InvalidSettings(
                f"{PREFIX}MAIL_FROM is needed with {PREFIX}SMTP: an address that may send from there."
            )
        return cls(
            host=host,
            port=port,
            origin=origin,
            gateway_origin=_origin(values, "GATEWAY_ORIGIN"),
            consultation_origin=_origin(values, "CONSULTATION_ORIGIN"),
            database=values["DATABASE"],
            database_password_file=Path(values["DATABASE_PASSWORD_FILE"]),
            database_pool=_positive(values, "DATABASE_POOL"),
            nats=values["NATS"],
            nats_seed_file=Path(values["NATS_SEED_FILE"]),
            event_key_file=Path(values["EVENT_KEY_FILE"]),
            trusted_event_keys_file=Path(values["TRUSTED_EVENT_KEYS_FILE"]),
            token_key_file=Path(values["TOKEN_KEY_FILE"]),
            vault_key_file=Path(values["VAULT_KEY_FILE"]),
            pseudonym_key_file=Path(values["PSEUDONYM_KEY_FILE"]),
            staff_key_file=Path(values["STAFF_KEY_FILE"]),
            notice_key_file=Path(values["NOTICE_KEY_FILE"]),
            mail_from=values["MAIL_FROM"],
            smtp=smtp,
            trusted_proxies=tuple(p.strip() for p in values.get("TRUSTED_PROXIES", "").split(",") if p.strip()),
            codes_per_network=_positive(values, "CODES_PER_NETWORK"),
            look=_look(values),
        )


def is_loopback(host: str) -> bool:
    """Whether ``host`` names this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _smtp(values: Mapping[str, str]) -> Smtp | None:
    if not values.get("SMTP"):
        return None
    try:
        parts = urlsplit(values["SMTP"])
        port = parts.port
    except ValueError:
        raise InvalidSettings(f"{PREFIX}SMTP must be smtp://host:port or smtps://host:port.") from None
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or parts.username or parts.path not in ("", "/"):
        raise InvalidSettings(f"{PREFIX}SMTP must be smtp://host:port or smtps://host:port.")
    implicit = parts.scheme == "smtps"
    password_file = values.get("SMTP_PASSWORD_FILE")
    if bool(values.get("SMTP_USER")) != bool(password_file):
        raise InvalidSettings(f"{PREFIX}SMTP_USER and {PREFIX}SMTP_PASSWORD_FILE go together.")
    return Smtp(
        host=parts.hostname,
        port=port or (465 if implicit else 587),
        implicit_tls=implicit,
        user=values.get("SMTP_USER", ""),
        password_file=Path(password_file) if password_file else None,
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
        raise InvalidSettings(f"{PREFIX}{name} must be an origin, such as https://identite.example.")
    return f"{parts.scheme}://{parts.netloc}"


def _positive(values: Mapping[str, str], name: str) -> int:
    if not values[name].isdigit() or not int(values[name]):
        raise InvalidSettings(f"{PREFIX}{name} must be a positive number.")
    return int(values[name])
