"""What an organiser may answer: each status, with what it asks for."""

import pytest

from consultation_service.rules.lifecycle import MAX_REASON
from consultation_service.rules.official_answers import ANSWERABLE, DECIDED, STATUSES, check_answer, statuses_for
from contracts.http import Refusal

REASON = "La mesure est financée."


def refused(kind: str, status: str, reason: str, body: str) -> tuple[str, str]:
    with pytest.raises(Refusal) as caught:
        check_answer(kind, status, reason, body)
    return caught.value.code, caught.value.field


def test_every_status_is_for_some_kind_and_has_words() -> None:
    assert {status for kind in ANSWERABLE for status in statuses_for(kind)} == set(STATUSES)
    assert all(french != english for french, english in STATUSES.values())


@pytest.mark.parametrize("kind", ANSWERABLE)
@pytest.mark.parametrize("status", [*STATUSES, "", "nonsense"])
def test_each_status_of_each_kind(kind: str, status: str) -> None:
    if status not in statuses_for(kind):
        assert refused(kind, status, REASON, "Texte") == ("status_refused", "status")
    elif status in DECIDED:
        check_answer(kind, status, REASON, "")
        assert refused(kind, status, "Non.", "Texte") == ("reason_missing", "reason")
    else:
        check_answer(kind, status, "", "Texte")
        assert refused(kind, status, REASON, "") == ("text_missing", "body")


def test_a_reason_is_short() -> None:
    assert refused("proposal", "partly", "x" * (MAX_REASON + 1), "") == ("reason_too_long", "reason")
