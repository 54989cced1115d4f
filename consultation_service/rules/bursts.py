"""What moderators should look at first: texts that are alike, and days on which much more happens than usual.

Nothing here knows an author, a participant or an hour: texts come with the id of their contribution, counts by day.
"""

import datetime
import hashlib
import re
import struct
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from statistics import median
from typing import Final, NamedTuple

from consultation_service.rules.differences import words

SHINGLE: Final = 3
"""Words in a row that are compared together."""

ALIKE: Final = 0.6
"""From this share of shingles in common (Jaccard's index), two texts are alike."""

BANDS: Final = 16
ROWS: Final = 4
"""64 values in 16 bands of 4: texts that are 60 % alike share a band 9 times out of 10, 80 % alike 99.9 %."""

MAX_IN_BUCKET: Final = 50
"""How many former texts a text is compared with in each band, so that the time stays linear."""

WINDOW: Final = 14
LEAST: Final = 20
TIMES: Final = 6.0
_PRIME: Final = (1 << 61) - 1


class Group(NamedTuple):
    """Contributions with alike texts, in order; ``identical`` when only case, accents and signs tell them apart."""

    contributions: tuple[str, ...]
    identical: bool


class Burst(NamedTuple):
    """A day with many more acts than the ``usual`` number of the days before it."""

    day: datetime.date
    acts: int
    usual: int


def fingerprint(text: str) -> bytes:
    """16 bytes that are the same for texts that differ only in case, accents, white space and punctuation."""
    return hashlib.blake2b(" ".join(_plain(text)).encode(), digest_size=16).digest()


def group_alike(texts: Mapping[str, str]) -> tuple[Group, ...]:
    """Groups of two contributions or more, the largest first; texts without a word are left out.

    Identical texts are told by fingerprint; the others by MinHash (Broder, "On the resemblance and containment of
    documents", 1997) with bands (Leskovec, Rajaraman and Ullman, "Mining of Massive Datasets", section 3.4), each
    candidate being verified with its exact index. The result does not depend on the order of ``texts``. Time grows as
    the number of texts; a family of more than ``MAX_IN_BUCKET`` different texts is compared with its first ones.
    """
    by_print: dict[bytes, list[str]] = defaultdict(list)
    shingles: dict[bytes, frozenset[int]] = {}
    for contribution in sorted(texts):
        plain = _plain(texts[contribution])
        if plain:
            key = hashlib.blake2b(" ".join(plain).encode(), digest_size=16).digest()
            by_print[key].append(contribution)
            shingles.setdefault(key, _shingles(plain))
    groups = []
    for keys in _families(shingles):
        members = sorted(contribution for key in keys for contribution in by_print[key])
        if len(members) > 1:
            groups.append(Group(tuple(members), identical=len(keys) == 1))
    return tuple(sorted(groups, key=lambda group: (-len(group.contributions), group.contributions)))


def bursts(counts: Mapping[datetime.date, int], first: datetime.date, last: datetime.date) -> tuple[Burst, ...]:
    """Days from ``first`` to ``last`` with at least ``LEAST`` acts and far above the days before them.

    Far: more than ``TIMES`` deviations over the median of the ``WINDOW`` days before, days without any act included.
    The deviation is the median absolute one, made comparable to a standard deviation (Rousseeuw and Croux, 1993), or
    the square root of the median when that is larger, as chance alone would give (Poisson). The first three days of a
    consultation, on which everybody comes, are not judged. A burst is a reason to look, not a proof.
    """
    found = []
    for n in range(3, (last - first).days + 1):
        day = first + datetime.timedelta(n)
        before = [counts.get(first + datetime.timedelta(past), 0) for past in range(max(0, n - WINDOW), n)]
        usual = median(before)
        deviation = 1.4826 * median(abs(count - usual) for count in before)
        count = counts.get(day, 0)
        if count >= LEAST and count > usual + TIMES * max(deviation, usual**0.5, 1.0):
            found.append(Burst(day, count, round(usual)))
    return tuple(found)


def _plain(text: str) -> list[str]:
    """Words in lower case without accents."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(character for character in letters if not unicodedata.combining(character))
    return [word.rstrip("'’") for word in words(bare) if re.search(r"\w", word)]


def _shingles(plain: list[str]) -> frozenset[int]:
    rows = (" ".join(plain[n : n + SHINGLE]) for n in range(max(1, len(plain) - SHINGLE + 1)))
    return frozenset(int.from_bytes(hashlib.blake2b(row.encode(), digest_size=7).digest()) for row in rows)


def _families(shingles: Mapping[bytes, frozenset[int]]) -> Iterator[list[bytes]]:
    """Sets of keys linked by likeness, a text alike to two others joining them."""
    head = {key: key for key in shingles}

    def top(key: bytes) -> bytes:
        while head[key] != key:
            head[key] = head[head[key]]
            key = head[key]
        return key

    for one, other in _candidates(shingles):
        if top(one) != top(other) and _index(shingles[one], shingles[other]) >= ALIKE:
            head[max(top(one), top(other))] = min(top(one), top(other))
    families: dict[bytes, list[bytes]] = defaultdict(list)
    for key in shingles:
        families[top(key)].append(key)
    yield from families.values()


def _candidates(shingles: Mapping[bytes, frozenset[int]]) -> Iterator[tuple[bytes, bytes]]:
    buckets: dict[tuple[int, ...], list[bytes]] = defaultdict(list)
    for key in sorted(shingles):
        values = _minima(shingles[key])
        for band in range(BANDS):
            bucket = buckets[band, *values[band * ROWS : (band + 1) * ROWS]]
            yield from ((former, key) for former in bucket)
            if len(bucket) < MAX_IN_BUCKET:
                bucket.append(key)


def _functions() -> Iterable[tuple[int, int]]:
    """Coefficients of the hash functions, drawn once for all from a fixed seed."""
    stream = hashlib.shake_256(b"cloison/minhash/v1").digest(16 * BANDS * ROWS)
    return [(1 + a % (_PRIME - 1), b % _PRIME) for a, b in struct.iter_unpack("<QQ", stream)]


_FUNCTIONS: Final = _functions()


def _minima(shingles: frozenset[int]) -> list[int]:
    return [min((a * shingle + b) % _PRIME for shingle in shingles) for a, b in _FUNCTIONS]


def _index(one: frozenset[int], other: frozenset[int]) -> float:
    return len(one & other) / len(one | other)
