"""The only module that sends mail.

Codes wait in memory: a code is worth nothing after fifteen minutes, and is then nowhere. Every other mail is a row
written in the transaction of what it tells, with its address encrypted; it goes when the server has taken the mail.
Without SMTP settings mails go to the development mailbox, a list in memory that one page shows on loopback only.
"""

import asyncio
import contextlib
import datetime
import smtplib
import uuid
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from email.errors import MessageError
from email.headerregistry import Address as MailAddress
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from typing import Final
from urllib.parse import urlsplit

import aiosmtplib

from contracts.events import Language
from contracts.http import Refusal
from contracts.logs import log
from identity_service import addresses, sign_in, words
from identity_service.clock import Clock
from identity_service.metrics import Metrics
from identity_service.settings import Settings
from identity_service.store import mails
from identity_service.store.database import FAILURES, Connection, Pool, transaction
from identity_service.vault import Damaged, Vault

TIMEOUT_SECONDS: Final = 20
CODES_IN_MEMORY: Final = 10_000
CODE_SENDERS: Final = 4
CODE_RETRY_SECONDS: Final = (1, 2, 5, 10, 20, 40, 60, 60, 60, 60)
MAX_TRIES: Final = 12
BATCH: Final = 5
POLL_SECONDS: Final = 2.0
MAILBOX_SIZE: Final = 50

SEND_FAILURES: Final = (aiosmtplib.SMTPException, smtplib.SMTPException, OSError, TimeoutError, ValueError)
# An address taken under older rules, or that this Python will not write into a header: one mail lost, not the sender.
COMPOSE_FAILURES: Final = (Damaged, Refusal, MessageError, ValueError)


@dataclass(frozen=True, slots=True, repr=False)
class CodeMail:
    """A code on its way to its address."""

    to: str
    code: str
    language: Language
    expires_at: datetime.datetime


class Mailer:
    """Writes mails and sends them, for as long as ``run`` runs."""

    def __init__(self, settings: Settings, vault: Vault, pool: Pool, clock: Clock, metrics: Metrics) -> None:
        self._settings = settings
        self._vault = vault
        self._pool = pool
        self._clock = clock
        self._metrics = metrics
        self._templates = words.mail_environment()
        self._codes: asyncio.Queue[CodeMail] = asyncio.Queue(CODES_IN_MEMORY)
        self._queued = asyncio.Event()
        self.mailbox: deque[EmailMessage] | None = None if settings.smtp else deque(maxlen=MAILBOX_SIZE)
        """The development mailbox, newest first; None when mail really leaves."""

    def send_code(self, to: str, code: str, language: Language, expires_at: datetime.datetime) -> None:
        """Queue a code; returns at once, whatever the state of the mail server. A full queue drops and counts it."""
        try:
            self._codes.put_nowait(CodeMail(to, code, language, expires_at))
        except asyncio.QueueFull:
            self._count("code", "dropped")

    async def queue(
        self,
        connection: Connection,
        to: str,
        template: str,
        language: Language,
        facts: Mapping[str, str | int],
        at: datetime.datetime | None = None,
    ) -> None:
        """Write a mail in the caller's transaction; it is sent soon after the commit, and not before ``at``. With a
        fact ``unsubscribe``, an HTTPS address, mail programs offer to stop such mails in one click (RFC 8058).
        """
        mail = uuid.uuid4()
        sealed = self._vault.seal(to, "mail", mail, "address")
        await mails.queue(connection, mail, sealed, template, language, facts, at or self._clock.now())
        self._queued.set()

    async def run(self) -> None:
        """Send for ever. Cancel it to stop."""
        async with asyncio.TaskGroup() as tasks:
            for _ in range(CODE_SENDERS):
                tasks.create_task(self._send_codes())
            tasks.create_task(self._send_queued())

    async def _send_codes(self) -> None:
        while True:
            mail = await self._codes.get()
            facts = {"code": sign_in.spaced(mail.code), "origin": self._settings.origin}
            try:
                message = self._compose(mail.to, "code", mail.language, facts, uuid.uuid4())
            except COMPOSE_FAILURES:
                self._count("code", "dropped")
                continue
            for pause in CODE_RETRY_SECONDS:
                if self._clock.now() >= mail.expires_at:
                    break
                if await self._deliver(message, mail.to, "code"):
                    break
                await asyncio.sleep(pause)
            else:
                self._count("code", "dropped")

    async def _send_queued(self) -> None:
        while True:
            self._queued.clear()
            sent = 0
            with contextlib.suppress(*FAILURES):
                sent = await self.send_due()
            if not sent:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._queued.wait(), POLL_SECONDS)

    async def send_due(self) -> int:
        """Send the mails whose time has come. Returns how many were looked at."""
        async with transaction(self._pool, "send_due_mails") as connection:
            rows = await mails.due(connection, self._clock.now(), BATCH)
            for row in rows:
                if await self._send_row(row["id"], row["address"], row["template"], row["language"], row["facts"]):
                    await mails.sent(connection, row["id"])
                elif row["tries"] + 1 >= MAX_TRIES:
                    self._count(row["template"], "dropped")
                    await mails.sent(connection, row["id"])
                else:
                    await mails.postpone(connection, row["id"], self._clock.now() + pause_after(row["tries"]))
        return len(rows)

    async def _send_row(self, mail: uuid.UUID, sealed: bytes, template: str, language: Language, facts: str) -> bool:
        try:
            to = self._vault.open(sealed, "mail", mail, "address")
            message = self._compose(to, template, language, mails.facts_of(facts), mail)
        except COMPOSE_FAILURES:
            return False
        return await self._deliver(message, to, template)

    def _compose(
        self, to: str, template: str, language: Language, facts: Mapping[str, str | int], mail: uuid.UUID
    ) -> EmailMessage:
        text = self._templates.get_template(f"{template}.{language}.txt").render(facts)
        subject, _, body = text.partition("\n\n")
        message = EmailMessage(policy=SMTP_POLICY)
        sender = MailAddress(self._settings.look.name, addr_spec=self._settings.mail_from)
        message["From"] = sender
        local, _, domain = addresses.parse(to).envelope.rpartition("@")
        message["To"] = MailAddress(username=local, domain=domain)
        message["Subject"] = subject.removeprefix("Subject: ")
        message["Message-ID"] = f"<{mail}@{sender.domain}>"
        message["Auto-Submitted"] = "auto-generated"
        message["Content-Language"] = language
        if "unsubscribe" in facts:
            message["List-Unsubscribe"] = f"<{facts['unsubscribe']}>"
            message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        message.set_content(body)
        return message

    async def _deliver(self, message: EmailMessage, to: str, template: str) -> bool:
        if self.mailbox is not None:
            self.mailbox.appendleft(message)
            self._count(template, "sent")
            return True
        try:
            await self._send_by_smtp(message, addresses.parse(to).envelope)
        except SEND_FAILURES as error:
            log("identity", "mail_failed", reason=template, error=type(error).__name__)
            self._count(template, "failed")
            return False
        log("identity", "mail_sent", reason=template)
        self._count(template, "sent")
        return True

    async def _send_by_smtp(self, message: EmailMessage, recipient: str) -> None:
        smtp = self._settings.smtp
        if smtp is None:
            return
        password = await asyncio.to_thread(smtp.password_file.read_text) if smtp.password_file else None
        await aiosmtplib.send(
            message,
            sender=self._settings.mail_from,
            recipients=[recipient],
            hostname=smtp.host,
            port=smtp.port,
            # Neither the name of this machine nor a slow look-up of it.
            local_hostname=urlsplit(self._settings.origin).hostname,
            use_tls=smtp.implicit_tls,
            username=smtp.user or None,
            password=password.strip() if password else None,
            timeout=TIMEOUT_SECONDS,
        )

    def _count(self, template: str, outcome: str) -> None:
        self._metrics.mails.labels(template, outcome).inc()


def pause_after(tries: int) -> datetime.timedelta:
    """How long to wait after that many failures: 5 s, then four times more, 6 hours at most; 12 tries take two days."""
    return datetime.timedelta(seconds=min(5 * 4**tries, 6 * 3600))
