"""Definitions of questionnaires and rules of rankings, as the organiser writes them."""

import datetime
from collections.abc import Callable

import msgspec

from consultation_service.questionnaire_edits import EMPTY
from consultation_service.questionnaire_words import questionnaire_of
from consultation_service.rules.acts import Act
from consultation_service.rules.questionnaires import Questionnaire
from consultation_service.store import consultations
from consultation_service.store.database import Connection, Pool
from contracts.events import PublicRankingRules, SectionKind
from contracts.http import Refusal


async def definition_in(connection: Pool | Connection, consultation: str, section: str) -> tuple[str, Questionnaire]:
    """The title of a section and its questionnaire, empty before the first question. Raises ``Refusal``
    ``unknown_section``.
    """
    title, definition = await _read(connection, consultation, section, "questionnaire")
    return title, EMPTY if definition is None else questionnaire_of(definition)


async def change(
    connection: Connection,
    consultation: str,
    section: str,
    edit: Callable[[Questionnaire], Questionnaire],
    day: datetime.date,
) -> None:
    """Replace a questionnaire by what ``edit`` makes of it, and publish, in the caller's transaction. Raises
    ``Refusal``: what ``edit`` raises, ``unknown_section``, or that of the state.
    """
    await consultations.held(connection, consultation, Act.EDIT_STRUCTURE, day)
    _, definition = await definition_in(connection, consultation, section)
    await connection.execute(
        "/* change */ update section set questionnaire = $2 where id = $1",
        section,
        msgspec.json.encode(edit(definition)).decode(),
    )
    await consultations.touched(connection, consultation, day)


async def rules_in(connection: Pool | Connection, consultation: str, section: str) -> tuple[str, PublicRankingRules]:
    """The title of a section and how its options are ranked. Raises ``Refusal`` ``unknown_section``."""
    title, rules = await _read(connection, consultation, section, "ranking")
    if rules is None:
        return title, PublicRankingRules(method="condorcet")
    return title, msgspec.json.decode(rules, type=PublicRankingRules)


async def save_rules(
    connection: Connection, consultation: str, section: str, rules: PublicRankingRules, day: datetime.date
) -> None:
    """Change how options are ranked, and publish, in the caller's transaction. Raises ``Refusal``."""
    await consultations.held(connection, consultation, Act.EDIT_STRUCTURE, day)
    await rules_in(connection, consultation, section)
    await connection.execute(
        "/* save_rules */ update section set ranking = $2 where id = $1",
        section,
        msgspec.json.encode(rules).decode(),
    )
    await consultations.touched(connection, consultation, day)


async def _read(
    connection: Pool | Connection, consultation: str, section: str, kind: SectionKind
) -> tuple[str, str | None]:
    row = await connection.fetchrow(
        """/* read */
        select title, case kind when 'questionnaire' then questionnaire else ranking end as said from section
        where consultation_id = $1 and id = $2 and kind = $3
        """,
        consultation,
        section,
        kind,
    )
    if row is None:
        raise Refusal("unknown_section")
    return row["title"], row["said"]
