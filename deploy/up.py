"""``./cloison up``, and the commands that need a stack for as long as they last."""

import contextlib
import signal
import sys
import time
from pathlib import Path
from typing import Final

from rich.console import Console

from deploy.local import Place, Stack, running
from deploy.relayed import wait_until_relayed

PAGES: Final = (
    ("Consultations et données ouvertes", "Consultations and open data", "gateway", "/"),
    ("Participer (avis et votes)", "Taking part (opinions and votes)", "consultation", "/"),
    ("Identité et « mes données »", "Identity and “my data”", "identity", "/"),
    ("Courriels de cette machine", "Mail of this machine", "identity", "/mailbox"),
)


def say_on_errors(fr: str, en: str) -> None:
    """Say something beside the output that a program may read."""
    print(f"{fr}\n{en}", file=sys.stderr, flush=True)


def run(home: Path, port_base: int, *, empty: bool) -> int:
    """Start everything, print where it is, and stay until Ctrl-C."""
    console = Console(highlight=False, soft_wrap=True)

    def say(fr: str, en: str) -> None:
        # The terminal may be gone (rich then raises SystemExit); the processes still need their supervisor.
        with contextlib.suppress(OSError, SystemExit):
            console.print(fr)
            console.print(en, style="dim")

    began = time.monotonic()
    say("Démarrage…", "Starting…")
    with Stack(home, port_base, empty=empty, say=say) as stack:
        _print_summary(console, stack, time.monotonic() - began)
        try:
            while True:
                signal.pause()
        except KeyboardInterrupt:
            say("Arrêt…", "Stopping…")
    say("Tout est arrêté ; les données sont gardées.", "All is stopped; the data are kept.")
    return 0


def with_consultation(home: Path, port_base: int, *arguments: str) -> int:
    """Run a command of consultation_service, then wait until what it did is visible on the gateway."""
    with running(home, port_base, say_on_errors) as place:
        code = place.command("consultation", *arguments)
        if code == 0:
            wait_until_relayed(place, say_on_errors)
            say_on_errors("Tout est publié.", "All is published.")
    return code


def with_identity(home: Path, port_base: int, *arguments: str) -> int:
    """Run a command of identity_service, on the running stack or on one that is started for as long as it takes."""
    with running(home, port_base, say_on_errors) as place:
        return place.command("identity", *arguments)


def _print_summary(console: Console, place: Place, seconds: float) -> None:
    console.print(f"Cloison est prêt ({seconds:.1f} s). Ctrl-C pour arrêter.")
    console.print(f"Cloison is ready ({seconds:.1f} s). Ctrl-C to stop.", style="dim")
    width = max(len(f"{place.origin(service)}{path}") for _, _, service, path in PAGES)
    for fr, en, service, path in PAGES:
        address = f"{place.origin(service)}{path}".ljust(width)
        console.print(f"  [bold]{address}[/bold]  {fr} [dim]/ {en}[/dim]")
    console.print(f"Données et clés [dim]/ Data and keys[/dim] : {place.home.folder}")
