"""``import FORMAT DIR``: read, write in one transaction, say what was taken and what was not.

Exit codes: 0 when something was imported, even if rows were refused; 1 when nothing could be written (the name in
addresses is taken, the database is away); 2 when the arguments or the source are unusable; 3 when the database is of
another version; 130 when it was interrupted.
"""

import argparse
import re
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from consultation_service.importers import cap_collectif, decidim, polis, republique_numerique
from consultation_service.importers.batch import Batch, Options, Report
from consultation_service.importers.errors import SourceUnusable
from consultation_service.importers.intake import Advance
from consultation_service.importers.progress import Progress
from consultation_service.importers.summary import Summary, show
from consultation_service.importers.writing import NothingWritten, write
from consultation_service.settings import Settings

Read = Callable[[Path, Options, Report, Advance], Batch]
FORMATS: Final[dict[str, Read]] = {
    republique_numerique.NAME: republique_numerique.read,
    "polis": polis.read,
    decidim.NAME: decidim.read,
    cap_collectif.NAME: cap_collectif.read,
}
SLUG: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def main(argv: Sequence[str], settings: Settings) -> int:
    """Run the command and return its exit code."""
    arguments = _parser().parse_args(argv)
    options = Options(
        slug=arguments.slug, title=arguments.title, organiser=arguments.organiser, language=arguments.language
    )
    report = Report()
    began = time.perf_counter()
    try:
        with Progress(hidden=arguments.json) as progress:
            batch = FORMATS[arguments.format](arguments.folder, options, report, progress.reading())
            write(settings, batch, progress.writing(batch))
    except (SourceUnusable, NothingWritten) as stopped:
        print(f"{stopped.fr}\n{stopped.en}", file=sys.stderr)
        return 2 if isinstance(stopped, SourceUnusable) else 1
    except KeyboardInterrupt:
        print("Interrompu : rien n’a été importé.\nInterrupted: nothing was imported.", file=sys.stderr)
        return 130
    summary = Summary(
        consultation=batch.consultation.id,
        slug=batch.consultation.slug,
        opens_on=batch.consultation.opens_on,
        closes_on=batch.consultation.closes_on,
        taken=report.taken,
        seconds=round(time.perf_counter() - began, 1),
    )
    show(summary, report, as_json=arguments.json)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="import",
        description="Reprendre une consultation tenue ailleurs. / Take in a consultation that was held elsewhere.",
    )
    parser.add_argument("format", choices=FORMATS, help="l’outil dont viennent les fichiers / what the files come from")
    parser.add_argument("folder", metavar="DIR", type=Path, help="le dossier des fichiers / the folder of files")
    parser.add_argument("--slug", type=_slug, help="son nom dans les adresses / its name in addresses")
    parser.add_argument("--title", type=_words, help="son titre / its title")
    parser.add_argument("--organiser", type=_words, help="qui l’a organisée / who held it")
    parser.add_argument("--language", choices=("fr", "en"), help="la langue de ses textes / the language of its texts")
    parser.add_argument("--json", action="store_true", help="un résumé en JSON / a summary in JSON")
    return parser


def _slug(text: str) -> str:
    if not SLUG.fullmatch(text) or len(text) > 80:
        raise argparse.ArgumentTypeError("a-z, 0-9 et des tirets, 80 au plus / a-z, 0-9 and hyphens, 80 at most")
    return text


def _words(text: str) -> str:
    words = " ".join(text.split())
    if not words or len(words) > 500 or not words.isprintable():
        raise argparse.ArgumentTypeError("1 à 500 caractères / 1 to 500 characters")
    return words
