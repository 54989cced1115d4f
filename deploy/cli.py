"""The command line, ``./cloison``: reads what is asked and hands it over. French first, English second.

Exit codes: 0 done, 1 failed, 2 not understood, 3 data of a newer version, 130 interrupted.
"""

import argparse
import importlib
import importlib.util
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import NoReturn

from audit.options import add_options
from deploy.environment import DEFAULT_PORT_BASE, ROOT
from deploy.errors import Stopped

INTERRUPTED = 130


def main(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code."""
    # Also when a shell that runs this in the background had interruptions ignored.
    for how in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(how, _interrupt)
    try:
        options, more = _parser().parse_known_args(list(arguments))
        if more and options.command not in ("test", "bench"):
            _parser().error(more[0])
        return int(options.run(options, more))
    except Stopped as stopped:
        print(f"{stopped.fr}\n{stopped.en}", file=sys.stderr)
        return stopped.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED


class Parser(argparse.ArgumentParser):
    """An argument parser whose refusal is a sentence in both languages and exit code 2."""

    def error(self, message: str) -> NoReturn:
        """Say what was not understood and how to get help."""
        print(
            f"Commande non comprise : {message}\nAide : {self.prog} --help\n"
            f"Not understood: {message}\nHelp: {self.prog} --help",
            file=sys.stderr,
        )
        raise SystemExit(2)


def _parser() -> Parser:
    parser = Parser(
        prog="./cloison",
        description="Cloison : des consultations publiques où ce qui est dit ne peut pas être relié à qui le dit.\n"
        "Public consultations in which what is said cannot be joined to who says it.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMANDE")
    up = _command(commands, "up", "Démarre tout et reste au premier plan (Ctrl-C arrête).", "Starts everything.", _up)
    up.add_argument("--empty", action="store_true", help="sans consultation de démonstration / no demonstration")
    test = _command(commands, "test", "Vérifie tout ; le reste est passé à pytest.", "Checks everything.", _test)
    test.add_argument("--json", type=Path, metavar="FICHIER", help="écrit le bilan / writes the summary")
    load = _command(commands, "import", "Importe une consultation réelle.", "Imports a real consultation.", _import)
    load.add_argument("source", help="republique-numerique, polis, decidim, cap-collectif")
    load.add_argument("path", type=Path, metavar="CHEMIN", help="dossier ou fichier des données / data folder or file")
    load.add_argument("--slug", metavar="NOM", help="son nom dans les adresses / its name in addresses")
    load.add_argument("--title", metavar="TITRE", help="son titre / its title")
    load.add_argument("--organiser", metavar="NOM", help="qui l’a organisée / who held it")
    load.add_argument("--language", choices=("fr", "en"), help="la langue de ses textes / the language of its texts")
    load.add_argument("--json", action="store_true", help="bilan en JSON / summary as JSON")
    save = _command(commands, "export", "Télécharge les données ouvertes.", "Downloads the open data.", _export)
    save.add_argument("consultation", help="identifiant ou nom court / id or short name")
    save.add_argument("--out", type=Path, required=True, metavar="DOSSIER", help="où écrire / where to write")
    save.add_argument("--json", action="store_true", help="bilan en JSON / summary as JSON")
    _command(commands, "republish", "Republie toutes les données publiques.", "Publishes all again.", _republish)
    staff = _command(commands, "staff", "Invite, liste ou retire des agents.", "Staff.", _staff)
    staff.add_argument("act", choices=("invite", "list", "remove"), help="inviter, lister, retirer")
    staff.add_argument("address", nargs="?", metavar="ADRESSE", help="adresse électronique / e-mail address")
    staff.add_argument("--role", action="append", metavar="RÔLE", help="organiser, moderator, analyst, auditor, "
                       "data_protection_officer")  # fmt: skip
    staff.add_argument("--lang", choices=("fr", "en"), help="langue du courriel / language of the mail")
    bench = _command(commands, "bench", "Mesure ; le reste est passé au banc.", "Measures.", _bench)
    bench.add_argument("name", metavar="NOM", help=", ".join(_benches()) or "votes")
    release = _command(commands, "release", "Publie des données anonymisées.", "Releases anonymised data.", _release)
    release.add_argument("consultation", help="identifiant ou nom court / id or short name")
    release.add_argument("--out", type=Path, required=True, metavar="DOSSIER", help="où publier / where to publish")
    release.add_argument("--seed", metavar="HEX", help="refaire la dernière à l’identique / make the last one again")
    release.add_argument("--json", action="store_true", help="bilan en JSON / summary as JSON")
    verify = _command(commands, "verify", "Vérifie des données publiées.", "Checks released open data.", _verify)
    add_options(verify)
    _command(commands, "migrate", "Met les bases de données à jour.", "Updates the databases.", _migrate)
    keys = _command(commands, "keys", "Prépare les clés d’un déploiement.", "Makes a deployment's keys.", _keys)
    keys.add_argument("--out", type=Path, required=True, metavar="DOSSIER", help="où écrire / where to write")
    for command in (up, load, save, staff, release, commands.choices["republish"], commands.choices["migrate"]):
        command.add_argument("--home", type=Path, metavar="DOSSIER", help="données et clés / data and keys")
        command.add_argument(
            "--port-base", type=_port_base, default=DEFAULT_PORT_BASE, metavar="PORT", help="défaut / default: 8000"
        )
    return parser


def _command(commands: "argparse._SubParsersAction[Parser]", name: str, fr: str, en: str, run: object) -> Parser:
    # "bench" and "test" pass what they do not know on, an abbreviated option included.
    command = commands.add_parser(name, help=f"{fr} / {en}", description=f"{fr}\n{en}", allow_abbrev=False)
    command.set_defaults(run=run)
    return command


def _port_base(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 65531:
        raise argparse.ArgumentTypeError("un nombre entre 1 et 65531 / a number between 1 and 65531")
    return int(text)


def _home(options: argparse.Namespace) -> Path:
    from deploy.home import default_folder

    given: Path | None = options.home
    return given if given is not None else default_folder()


def _up(options: argparse.Namespace, _more: list[str]) -> int:
    from deploy import up

    return up.run(_home(options), options.port_base, empty=options.empty)


def _test(options: argparse.Namespace, more: list[str]) -> int:
    from deploy import checks

    return checks.run(more, options.json)


def _import(options: argparse.Namespace, _more: list[str]) -> int:
    from deploy import up

    asked = {name: getattr(options, name) for name in ("slug", "title", "organiser", "language")}
    more = [f"--{name}={value}" for name, value in asked.items() if value is not None]
    more += ["--json"] if options.json else []
    path = str(options.path.absolute())
    return up.with_consultation(_home(options), options.port_base, "import", options.source, path, *more)


def _staff(options: argparse.Namespace, _more: list[str]) -> int:
    from deploy import up

    more = [options.address] if options.address else []
    more += [f"--role={role}" for role in options.role or ()]
    more += [f"--lang={options.lang}"] if options.lang else []
    return up.with_identity(_home(options), options.port_base, "staff", options.act, *more)


def _republish(options: argparse.Namespace, _more: list[str]) -> int:
    from deploy import up

    return up.with_consultation(_home(options), options.port_base, "republish")


def _export(options: argparse.Namespace, _more: list[str]) -> int:
    from deploy import export
    from deploy.local import running
    from deploy.up import say_on_errors

    with running(_home(options), options.port_base, say_on_errors) as place:
        return export.run(place.origin("gateway"), options.consultation, options.out, options.json)


def _migrate(options: argparse.Namespace, _more: list[str]) -> int:
    from deploy.local import running
    from deploy.up import say_on_errors

    # Starting a stack migrates it; on one that is running there is nothing left to migrate.
    with running(_home(options), options.port_base, say_on_errors):
        say_on_errors("Les bases de données sont à jour.", "The databases are up to date.")
    return 0


def _keys(options: argparse.Namespace, _more: list[str]) -> int:
    from deploy import keys

    return keys.run(options.out)


def _release(options: argparse.Namespace, _more: list[str]) -> int:
    from deploy import releases
    from deploy.local import running
    from deploy.up import say_on_errors

    more = [f"--seed={options.seed}"] if options.seed else []
    more += ["--json"] if options.json else []
    with running(_home(options), options.port_base, say_on_errors) as place:
        return releases.run(place, options.consultation, options.out.absolute(), more)


def _verify(options: argparse.Namespace, _more: list[str]) -> int:
    from audit import command

    return command.run(options)


def _bench(options: argparse.Namespace, more: list[str]) -> int:
    if options.name not in _benches():
        known = ", ".join(_benches()) or "-"
        raise Stopped(
            f"Il n’y a pas de banc « {options.name} ». Connus : {known}.",
            f"There is no bench “{options.name}”. Known: {known}.",
            exit_code=2,
        )
    return int(importlib.import_module(f"bench.{options.name}").main(more) or 0)


def _benches() -> list[str]:
    return sorted(file.stem for file in (ROOT / "bench").glob("*.py") if "\ndef main(" in file.read_text())


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
