"""What an organiser may answer to a contribution: what becomes of it, why, and in which words."""

from collections.abc import Mapping
from typing import Final

from consultation_service.rules.lifecycle import MAX_REASON, MIN_REASON
from contracts.http import Refusal

STATUSES: Final[Mapping[str, tuple[str, str]]] = {
    "under_study": ("À l’étude", "Under study"),
    "taken_up": ("Retenue", "Taken up"),
    "partly": ("Retenue en partie", "Partly taken up"),
    "not_taken_up": ("Non retenue", "Not taken up"),
    "answered": ("Réponse donnée", "Answered"),
}
"""What becomes of a contribution, in French and in English."""

DECIDED: Final = ("taken_up", "partly", "not_taken_up")
"""What is decided has a reason, which everybody reads; the text is then only if there is more to say."""

ANSWERABLE: Final = ("proposal", "opinion", "amendment", "question")
"""Kinds of contributions that call for an answer."""


def statuses_for(kind: str) -> tuple[str, ...]:
    """What can be said of a contribution of ``kind``: a question is answered, the others are decided on."""
    return ("answered", "under_study") if kind == "question" else ("under_study", *DECIDED)


def check_answer(kind: str, status: str, reason: str, body: str) -> None:
    """Raise ``Refusal``, naming the field: ``status_refused``, ``reason_missing``, ``reason_too_long`` or
    ``text_missing``.
    """
    if status not in statuses_for(kind):
        raise Refusal("status_refused", field="status")
    if len(reason) > MAX_REASON:
        raise Refusal("reason_too_long", field="reason", limit=MAX_REASON)
    if status in DECIDED and len(reason) < MIN_REASON:
        raise Refusal("reason_missing", field="reason", least=MIN_REASON)
    if status not in DECIDED and not body:
        raise Refusal("text_missing", field="body")
