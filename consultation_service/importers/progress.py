"""A progress bar on the terminal, in standard error so that the summary can be piped."""

from types import TracebackType
from typing import Self

from rich import progress
from rich.console import Console

from consultation_service.importers.batch import Batch
from consultation_service.importers.intake import Advance
from consultation_service.store import imports


class Progress:
    """Shows how far an import is; leaves nothing on the screen at the end."""

    def __init__(self, *, hidden: bool) -> None:
        self._bar = progress.Progress(
            progress.TextColumn("{task.description}"),
            progress.BarColumn(),
            progress.MofNCompleteColumn(),
            progress.TimeElapsedColumn(),
            console=Console(stderr=True),
            transient=True,
            disable=hidden,
        )

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._bar.stop()

    def reading(self) -> Advance:
        """Call the result once for every row read."""
        task = self._bar.add_task("Lecture / reading", total=None)
        return lambda: self._bar.advance(task)

    def writing(self, batch: Batch) -> imports.Progress:
        """Call the result with every number of rows written."""
        total = imports.steps(batch.contributions, batch.votes, batch.tallies)
        task = self._bar.add_task("Écriture / writing", total=total)
        return lambda rows: self._bar.advance(task, rows)
