"""What the command is told; apart from it, so that a command line can list it without loading the checker."""

import argparse
from pathlib import Path


def add_options(parser: argparse.ArgumentParser) -> None:
    """The arguments of ``verify``."""
    parser.add_argument("paths", nargs="+", type=Path, metavar="CHEMIN", help="dossier ou ZIP / folder or ZIP")
    parser.add_argument("--json", action="store_true", help="rapport en JSON / report as JSON")
    parser.add_argument(
        "--live-ids", type=Path, metavar="FICHIER", help="identifiants du site / ids in use on the site"
    )
    parser.add_argument("--canaries", type=Path, metavar="FICHIER", help="chaînes interdites / forbidden strings")
    parser.add_argument(
        "--private",
        type=Path,
        action="append",
        metavar="DOSSIER",
        help="ce que seul l’exploitant peut montrer de chaque version, dans l’ordre / "
        "what only the operator can show of each release, in order",
    )
