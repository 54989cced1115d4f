"""``release build CONSULTATION --out DIR``: build, have it checked, and publish it in ``DIR`` or say why it is refused.

Before publishing it prints ``{"check": PATH, "private": PATH, "earlier": [PATH, …]}`` on one line and waits for the
verdict on standard input: a JSON list of what is wrong, empty when nothing is. ``./cloison release`` answers with what
``./cloison verify`` finds; this program cannot start others.

Exit codes: 0 when it is there, 1 when it was refused or could not be built, 2 when the arguments are unusable, 130 when
it was interrupted: then nothing was decided, and the same command starts again.
"""

import argparse
import asyncio
import json
import sys
import time
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import msgspec
from rich import progress
from rich.console import Console

from consultation_service.bundle import Facts, complete
from consultation_service.bundle.guarantee import Guarantee
from consultation_service.errors import REASONS
from consultation_service.release import Advance, Built, Describe, build
from consultation_service.settings import Settings
from consultation_service.states import day_of
from consultation_service.store import configuration, consultations
from consultation_service.store.database import Pool, open_pool, require_schema
from consultation_service.store.releases import Release
from contracts.http import Refusal

STEPS: Final = {
    "reading": "Relecture des textes / reading texts",
    "deciding": "Groupes / groups",
    "describing": "Formats et description / formats and description",
    "checking": "Vérification / checking",
}


def main(argv: Sequence[str], settings: Settings) -> int:
    """Run the command and return its exit code."""
    arguments = _parser().parse_args(argv)
    try:
        with _Bar(hidden=arguments.json) as bar:
            built = asyncio.run(_run(settings, arguments, bar.advance))
    except Refusal as refused:
        reason = REASONS[refused.code]
        print(f"{reason.fr}\n{reason.en}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrompu : rien n’est publié.\nInterrupted: nothing is published.", file=sys.stderr)
        return 130
    _say(built, as_json=arguments.json)
    return 1 if built.problems else 0


async def _run(settings: Settings, arguments: argparse.Namespace, advance: Advance) -> Built:
    pool = await open_pool(settings)
    try:
        await require_schema(pool)
        consultation = await _found(pool, arguments.consultation)
        describe = await describer(pool, settings, consultation)
    finally:
        await pool.close()
    return await build(
        settings, consultation, arguments.out, day_of(time.time()), seed=arguments.seed, describe=describe,
        check=check, advance=advance,
    )  # fmt: skip


async def _found(pool: Pool, name: str) -> str:
    """The id of a consultation that is named by it or by its slug. Raises ``Refusal`` ``unknown_consultation``."""
    try:
        return str(uuid.UUID(name))
    except ValueError:
        found = await consultations.id_of_slug(pool, name)
    if found is None:
        raise Refusal("unknown_consultation")
    return found


async def describer(pool: Pool, settings: Settings, consultation: str) -> Describe:
    """What writes all the other files of a release, from its tables and what the consultation says of itself."""
    about = await configuration.read(pool, consultation)
    row = await pool.fetchrow(
        "/* describer */ select coalesce(frozen_digest, '') as digest, source from consultation where id = $1",
        consultation,
    )
    assert row is not None  # noqa: S101  its configuration was found

    def describe(folder: Path, release: Release, guarantee: Guarantee, rows: Mapping[str, int]) -> None:
        facts = Facts(
            slug=release.slug,
            title=about.presentation.title,
            organiser=about.organiser.name,
            organiser_number=about.organiser.number,
            organiser_contact=about.organiser.contact,
            language=about.presentation.language,
            number=release.number,
            released_on=release.day,
            opens_on=about.schedule.opens_on,
            closes_on=about.schedule.closes_on,
            source=row["source"],
            policy_digest=row["digest"],
            address=f"{settings.gateway_origin}/open-data/consultations/{release.slug}/releases/{release.number}",
            page=f"{settings.gateway_origin}/consultations/{release.slug}",
        )
        complete(folder, facts, guarantee, rows)

    return describe


def check(folder: Path, private: Path, earlier: Sequence[Path]) -> list[str]:
    """What an independent checker finds wrong with a release: whoever runs this command reads the paths, has the
    release checked by a program that shares nothing with this one, and answers. No answer is a refusal.
    """
    asked = {"check": str(folder), "private": str(private), "earlier": [str(path) for path in earlier]}
    print(json.dumps(asked), flush=True)
    try:
        problems = msgspec.json.decode(sys.stdin.readline(), type=list[str])
    except msgspec.DecodeError:
        return ["nobody checked it"]
    return problems


def _say(built: Built, *, as_json: bool) -> None:
    if as_json:
        found = {
            "release": built.release.number,
            "state": "refused" if built.problems else "built",
            "folder": str(built.folder) if built.folder else None,
            "seed": built.release.seed.hex(),
            "problems": list(built.problems),
        }
        print(json.dumps(found, ensure_ascii=False))
    elif built.problems:
        print("Refusée : rien n’est publié. / Refused: nothing is published.", *built.problems, sep="\n- ")
    else:
        print(f"Publication {built.release.number} : {built.folder}\nRelease {built.release.number}: {built.folder}")
        print(f"Graine, à garder pour soi / seed, for yourself: {built.release.seed.hex()}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="release", description="Publier des données ouvertes anonymisées. / Release anonymised open data."
    )
    parser.add_argument("act", choices=("build",), help="préparer, faire vérifier, publier / prepare, check, publish")
    parser.add_argument(
        "consultation", metavar="CONSULTATION", help="son nom dans les adresses / its name in addresses"
    )
    parser.add_argument("--out", metavar="DIR", type=Path, required=True, help="où publier / where to publish")
    parser.add_argument(
        "--seed", metavar="HEX", type=_seed, help="refaire la dernière à l’identique / make the last one again"
    )
    parser.add_argument("--json", action="store_true", help="un résumé en JSON / a summary in JSON")
    return parser


def _seed(text: str) -> bytes:
    try:
        seed = bytes.fromhex(text)
    except ValueError:
        seed = b""
    if len(seed) != 32:
        raise argparse.ArgumentTypeError("64 chiffres hexadécimaux / 64 hexadecimal digits")
    return seed


class _Bar:
    """What is being done, on standard error; nothing is left of it at the end."""

    def __init__(self, *, hidden: bool) -> None:
        self._bar = progress.Progress(
            progress.TextColumn("{task.description}"),
            progress.TextColumn("{task.completed:,}"),
            progress.TimeElapsedColumn(),
            console=Console(stderr=True),
            transient=True,
            disable=hidden,
        )
        self._tasks: dict[str, progress.TaskID] = {}

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._bar.stop()

    def advance(self, what: str, rows: int) -> None:
        """One line for each step."""
        if what not in self._tasks:
            self._tasks[what] = self._bar.add_task(STEPS.get(what, what), total=None)
        self._bar.advance(self._tasks[what], rows)
