"""``staff invite ADDRESS --role ROLE …``, ``staff list`` and ``staff remove ADDRESS``: how an installation gets its
first organiser, and a way back in when nobody has one any more.
"""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from contracts.events import Language
from contracts.http import COMMON_REASONS, Refusal
from identity_service import keys
from identity_service.clock import Clock
from identity_service.errors import REASONS
from identity_service.mail import Mailer
from identity_service.metrics import Metrics
from identity_service.settings import Settings
from identity_service.staff import team
from identity_service.staff.pseudonyms import StaffPseudonyms
from identity_service.staff.roles import ROLES
from identity_service.store.database import open_pool, require_schema
from identity_service.vault import Vault

Act = Callable[[team.Office], Awaitable[None]]


def main(arguments: Sequence[str], settings: Settings) -> int:
    """Run one command; returns the exit code: 1 when it is refused, 2 when it was not understood."""
    try:
        given = _parser().parse_args(list(arguments))
    except SystemExit as stopped:
        return int(stopped.code or 0)
    try:
        asyncio.run(_with_office(settings, _act_of(given)))
    except Refusal as refusal:
        reason = REASONS.get(refusal.code) or COMMON_REASONS[refusal.code]
        print(f"{reason.fr}\n{reason.en}", file=sys.stderr)
        return 1
    return 0


def _act_of(given: argparse.Namespace) -> Act:
    match given.act:
        case "invite":
            return partial(_invite, email=given.address, roles=given.role, language=given.lang)
        case "remove":
            return partial(_remove, email=given.address)
        case _:
            return _list


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./cloison staff", description="Les agents. / Members of staff.")
    acts = parser.add_subparsers(dest="act", required=True)
    invite = acts.add_parser("invite", help="inviter / invite")
    invite.add_argument("address", metavar="ADRESSE")
    invite.add_argument("--role", action="append", required=True, choices=ROLES, help="rôle / role")
    invite.add_argument("--lang", choices=("fr", "en"), default="fr", help="langue du courriel / language of the mail")
    acts.add_parser("list", help="lister / list")
    remove = acts.add_parser("remove", help="retirer / remove")
    remove.add_argument("address", metavar="ADRESSE")
    return parser


async def _with_office(settings: Settings, act: Act) -> None:
    own, clock = keys.load(settings), Clock()
    pool = await open_pool(settings)
    try:
        await require_schema(pool)
        vault = Vault(own.vault_root)
        mailer = Mailer(settings, vault, pool, clock, Metrics())
        await act(
            team.Office(
                pool=pool,
                vault=vault,
                mailer=mailer,
                clock=clock,
                origin=settings.origin,
                pseudonyms=StaffPseudonyms(own.staff_root),
                # The running service looks at the outbox and at the queue of mails by itself.
                wake=lambda: None,
            )
        )
    finally:
        await pool.close()


async def _invite(office: team.Office, email: str, roles: Sequence[str], language: Language) -> None:
    link = await team.invite(office, email, roles, language, team.OPERATOR)
    print(
        f"Invitation envoyée, valable {team.INVITATION_DAYS} jours. Son lien, à ne donner qu’à cette personne :\n"
        f"Invitation sent, valid for {team.INVITATION_DAYS} days. Its link, for this person only:\n\n  {link}\n"
    )


async def _list(office: team.Office) -> None:
    for colleague in await team.everybody(office):
        state = "" if colleague.enrolled else "  (double authentification à activer / no second factor yet)"
        print(f"{colleague.address}  {' '.join(colleague.roles)}{state}")
    for invitation in await team.invited(office):
        print(f"{invitation.address}  {' '.join(invitation.roles)}  (invité / invited, {invitation.last_day})")


async def _remove(office: team.Office, email: str) -> None:
    await team.remove(office, await team.pseudonym_of(office, email), team.OPERATOR)
    print("Cette personne n’a plus aucun accès.\nThis person has no access any more.")
