"""A release of open data: decided, written, checked, then published or refused; never in between.

All of it happens in one transaction over one snapshot, into a folder whose name begins with a dot. When the check says
yes the transaction is committed, then the folder gets its name. When it says no, or the build is interrupted, nothing
was decided and nothing can be seen. Between the commit and the name, the same seed builds the same files again.
"""

import datetime
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

from consultation_service.anonymise import Rules
from consultation_service.bundle.forms import Forms
from consultation_service.bundle.guarantee import Guarantee
from consultation_service.release_tables import TABLES, Table
from consultation_service.settings import Settings
from consultation_service.store import release_classes, release_groups, release_private, releases
from consultation_service.store.consultations import policy_of
from consultation_service.store.database import Connection, open_connection
from consultation_service.store.release_figures import guarantee_of
from consultation_service.store.release_rows import Rows, questions
from consultation_service.store.releases import Release

Advance = Callable[[str, int], None]
"""Told of what is being done, and how many more rows were."""

Describe = Callable[[Path, Release, Guarantee, Mapping[str, int]], None]
"""Adds to the folder of tables, which have so many rows, all that goes with them."""

Check = Callable[[Path, Path, Sequence[Path]], Sequence[str]]
"""Reads a whole release, what only the operator can show of it, and the earlier ones; returns what is wrong with it."""


class Built(NamedTuple):
    """What became of a build: where the release is, or why it was refused."""

    release: Release
    folder: Path | None
    guarantee: Guarantee
    problems: tuple[str, ...] = ()


async def build(
    settings: Settings,
    consultation: str,
    out: Path,
    day: date,
    *,
    seed: bytes | None = None,
    rules: Rules | None = None,
    describe: Describe | None = None,
    check: Check | None = None,
    advance: Advance = lambda what, rows: None,
) -> Built:
    """Build the next release in ``out``, or the last one again when ``seed`` is its own. Raises ``Refusal``."""
    connection = await open_connection(settings)
    try:
        await releases.scan(connection, consultation, lambda rows: advance("reading", rows))
        release, again = await releases.begin(connection, consultation, day, seed, rules)
        try:
            return await _build(connection, release, again, out, describe, check, advance)
        except BaseException:
            if not again and not connection.is_closed():
                await releases.give_up(connection, release)
            raise
    finally:
        await connection.close()


async def _build(
    connection: Connection,
    release: Release,
    again: bool,
    out: Path,
    describe: Describe | None,
    check: Check | None,
    advance: Advance,
) -> Built:
    final = out / release.name
    partial, private = _fresh_folder(out, release), out / f".{release.name}.private"
    transaction = connection.transaction(isolation="repeatable_read")
    await transaction.start()
    problems: tuple[str, ...] = ()
    kept = False
    try:
        advance("deciding", 0)
        guarantee = await _decide(connection, release, again=again)
        rows = {table.name: await _write(connection, release, table, partial, advance) for table in TABLES}
        if describe is not None:
            advance("describing", 0)
            describe(partial, release, guarantee, rows)
        if check is not None:
            advance("checking", 0)
            _only_ours(private)
            await release_private.write(connection, release, private)
            problems = tuple(check(partial, private, _earlier(out, release)))
        if not problems:
            await releases.finish(connection, release, "built")
            _settle(partial, release.day)
            await transaction.commit()
            kept = True
    finally:
        shutil.rmtree(private, ignore_errors=True)
        if not kept:
            await _undo(connection, transaction, partial)
    if problems:
        if not again:
            await releases.finish(connection, release, "refused", "\n".join(problems))
        return Built(release, None, guarantee, problems)
    if final.exists():  # the same release, built again
        shutil.rmtree(final)
    partial.rename(final)
    _sync(out)
    await releases.forget_who_left(connection, release.consultation)
    return Built(release, final, guarantee)


async def _undo(connection: Connection, transaction: object, partial: Path) -> None:
    shutil.rmtree(partial, ignore_errors=True)
    if not connection.is_closed():
        await transaction.rollback()  # type: ignore[attr-defined]


async def _decide(connection: Connection, release: Release, *, again: bool) -> Guarantee:
    await releases.prepare(connection, release)
    flagged = await release_groups.count(connection, release, await questions(connection, release))
    if not again:
        policy = await policy_of(connection, release.consultation)
        await release_groups.decide(connection, release)
        await release_classes.decide(connection, release, tuple(one.attribute for one in policy.attributes))
    return await guarantee_of(connection, release, flagged)


async def _write(connection: Connection, release: Release, table: Table, folder: Path, advance: Advance) -> int:
    with Forms(folder, table) as forms:
        async for values, times in Rows(connection, release).of(table.name):
            forms.write(values, times)
            advance(table.name, times)
    return forms.rows


def _fresh_folder(out: Path, release: Release) -> Path:
    """Where the build writes; what interrupted builds of the same consultation left goes."""
    out.mkdir(parents=True, exist_ok=True)
    for left in (*out.glob(f".{release.slug}-*.partial"), *out.glob(f".{release.slug}-*.private")):
        shutil.rmtree(left)
    partial = out / f".{release.name}.partial"
    partial.mkdir()
    return partial


def _only_ours(folder: Path) -> None:
    """A new folder that no other user of this machine can read."""
    folder.mkdir(mode=0o700)


def _earlier(out: Path, release: Release) -> list[Path]:
    """The earlier releases that are in the same folder, in order."""
    found = (out / release._replace(number=number).name for number in range(1, release.number))
    return [folder for folder in found if folder.is_dir()]


def _settle(folder: Path, day: date) -> None:
    """Wait until all of it is on the disk; files say the day of the release, not when they were written."""
    midnight = datetime.datetime(day.year, day.month, day.day, tzinfo=datetime.UTC).timestamp()
    for file in sorted(folder.iterdir()):
        os.utime(file, (midnight, midnight))
        _sync(file)
    _sync(folder)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
