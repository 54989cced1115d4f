"""Full text search in a consultation: French words whatever their ending, accents and, at a pinch, spelling.

What a visitor types is read by ``websearch_to_tsquery``: it takes anything, understands "quotes", OR and -without, and
never fails. When nothing holds all the words, those that are rare or unknown give way to the closest one in titles and
beginnings of texts, if any.
Everywhere here ``words`` went through ``plain_text.signs``.
"""

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from gateway.plain_text import MARK_END, MARK_START
from gateway.store.database import Pool

WORD: Final = re.compile(r"\w{3,40}")
MAX_CORRECTED: Final = 6
"""Words of a question that are corrected; each costs two queries."""
USUAL: Final = 10
"""A word that so many items hold is not a mistake."""
ALIKE: Final = 0.5
BARELY_ALIKE: Final = 0.3
"""How alike two words are at least (0 to 1), when some item or when no item holds the one typed."""


@dataclass(frozen=True, slots=True)
class Highlights:
    """A title and pieces of a text, the words found between ``MARK_START`` and ``MARK_END``. Not escaped."""

    title: str
    text: str
    about: str
    """The title, without marks, of what an argument or a source is about."""


async def counts(
    pool: Pool, consultation: uuid.UUID, sections: Sequence[uuid.UUID] | None, words: str, status: str | None = None
) -> dict[str, int]:
    """How many published items of each kind hold ``words``, of those that the organiser gave ``status``, if any."""
    found = await pool.fetch(
        """/* search: counts */
        select kind, count(*) as items from contribution
        where consultation_id = $1 and state = 'published' and ($2::uuid[] is null or section_id = any($2))
          and search @@ websearch_to_tsquery('french_plain', $3) and ($4::text is null or status = $4)
        group by kind""",
        consultation, sections, words, status,
    )  # fmt: skip
    return {row["kind"]: row["items"] for row in found}


async def meaningful(pool: Pool, words: str) -> bool:
    """Whether anything is left of ``words`` without those that every text holds ("le", "de"…)."""
    return bool(await pool.fetchval("/* search */ select numnode(websearch_to_tsquery('french_plain', $1)) > 0", words))


async def corrected(pool: Pool, consultation: uuid.UUID, words: str) -> str:
    """``words`` with the closest usual word in place of each one that the consultation does not hold, or hardly."""
    changed = words
    for word in list(dict.fromkeys(WORD.findall(words)))[:MAX_CORRECTED]:
        held = await pool.fetchrow(_HELD, consultation, word)
        if held is None or held["items"] >= USUAL:
            continue
        closest = await pool.fetchval(_CLOSEST, consultation, held["word"], ALIKE if held["items"] else BARELY_ALIKE)
        if closest is not None:
            changed = re.sub(rf"\b{re.escape(word)}\b", closest, changed)
    return changed


_HELD: Final = """/* search: how many hold a word */
    select folded($2) as word, (select count(*) from (
        select from contribution where consultation_id = $1 and state = 'published'
        and search @@ plainto_tsquery('french_plain', $2) limit 10) as held) as items
    where numnode(plainto_tsquery('french_plain', $2)) > 0"""

# The trigram index finds texts that may hold one, each is then looked at, and that is what takes time: 60 are plenty to
# find one word in, and on the imported République numérique 300 give the same corrections three times slower.
# A word that many use wins over one that is a little closer: people misspell in their texts too.
_CLOSEST: Final = """/* search: closest word */
    with alike as (
        select beginning from contribution
        where consultation_id = $1 and state = 'published' and beginning %> $2 limit 60
    )
    select word from (select regexp_split_to_table(beginning, '[^[:alnum:]]+') as word from alike) as known
    group by word having similarity(word, $2) >= $3
    order by similarity(word, $2) * ln(1 + count(*)) desc, word limit 1"""


async def highlights(pool: Pool, items: Sequence[uuid.UUID], words: str) -> dict[uuid.UUID, Highlights]:
    """For each of ``items``, where it holds ``words``."""
    found = await pool.fetch(
        """/* search: highlights */
        select c.id, ts_headline('french_plain', c.heading, question, $3) as title,
               coalesce(parent.heading, '') as about,
               ts_headline('french_plain', left(c.plain, 20000), question, $4) as text
        from websearch_to_tsquery('french_plain', $2) as question, contribution c
        left join contribution parent on parent.id = c.parent_id where c.id = any($1::uuid[])""",
        items, words, f"{_MARKS}, HighlightAll=true",
        f'{_MARKS}, MaxFragments=2, MinWords=12, MaxWords=28, FragmentDelimiter=" … "',
    )  # fmt: skip
    return {row["id"]: Highlights(row["title"], row["text"], row["about"]) for row in found}


_MARKS: Final = f"StartSel={MARK_START}, StopSel={MARK_END}"
