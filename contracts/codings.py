"""Which content coding to answer in (RFC 9110 section 12.5.3)."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

IDENTITY: Final = "identity"
OFFERED: Final = ("br", "gzip")
"""What static files and pages are kept in, what we prefer first."""


@lru_cache(512)
def chosen(accept_encoding: bytes, offered: Sequence[str] = OFFERED) -> str:
    """The coding that the client weighs most, the first of ``offered`` when several weigh the same.

    ``identity`` when it takes none of them, or prefers it. An absent header is not an invitation.
    """
    weights = _weights(accept_encoding)
    others = weights.get("*", 0.0)
    best = max(offered, key=lambda coding: weights.get(coding, others))
    weight = weights.get(best, others)
    return best if weight > 0 and weight >= weights.get(IDENTITY, 0.0) else IDENTITY


def _weights(accept_encoding: bytes) -> dict[str, float]:
    weights: dict[str, float] = {}
    for part in accept_encoding.decode("latin-1").lower().split(","):
        coding, _, parameter = part.partition(";")
        name, _, value = parameter.strip().partition("=")
        try:
            weights[coding.strip()] = float(value) if name.strip() == "q" else 1.0
        except ValueError:
            weights[coding.strip()] = 0.0
    return weights
