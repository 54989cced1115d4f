"""The whole journey of a participant, in a browser, by what the pages show: once with JavaScript and once without."""

import csv
import io
import secrets
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser

from deploy.local import Stack
from tests.e2e.browser import PHONE, Person, chromium
from tests.e2e.participants import first_consultation

SCRIPT = pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without JavaScript"])


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def person(browser: Browser, stack: Stack, script: bool) -> Iterator[Person]:
    context = browser.new_context(viewport=PHONE, java_script_enabled=script, locale="fr-FR")  # type: ignore[arg-type]
    context.set_default_timeout(10_000)
    yield Person(context.new_page(), stack, f"camille.{secrets.token_hex(4)}@ville.example", script=script)
    context.close()


class Public:
    """What anybody sees on the gateway."""

    def __init__(self, stack: Stack) -> None:
        self.origin = stack.origin("gateway")
        self.consultation = first_consultation(stack)

    def page(self) -> str:
        return httpx.get(f"{self.origin}/consultations/{self.consultation['slug']}?sort=recent", timeout=10).text

    def rows(self, table: str) -> list[dict[str, str]]:
        address = f"{self.origin}/open-data/consultations/{self.consultation['slug']}/{table}.csv"
        return list(csv.DictReader(io.StringIO(httpx.get(address, timeout=10).text)))

    def item(self, identifier: str) -> dict[str, Any]:
        address = f"{self.origin}/open-data/consultations/{self.consultation['slug']}/contributions/{identifier}"
        answer: dict[str, Any] = httpx.get(address, timeout=10).json()
        return answer

    def votes(self, identifier: str) -> dict[str, int]:
        return {
            choice: votes for choice, votes in self.item(identifier)["contribution"]["tally"]["cast"].items() if votes
        }


@SCRIPT
def test_a_whole_participation(person: Person, stack: Stack) -> None:
    public = Public(stack)
    title, text, argument = (f"{word} {secrets.token_hex(4)}" for word in ("Titre", "Texte", "Argument"))
    person.open_consultation()
    person.take_part()

    person.write(title, text)
    person.soon(lambda: title in public.page())
    person.find(title)
    assert person.page.get_by_text(text).is_visible()
    identifier = person.page.url.partition("/contributions/")[2].partition("#")[0]

    person.vote(title, "D’accord")
    person.soon(lambda: public.votes(identifier) == {"agree": 1})
    person.vote(title, "Pas d’accord")
    person.soon(lambda: public.votes(identifier) == {"disagree": 1})
    person.argue(argument)
    person.soon(lambda: argument in str(public.item(identifier)["arguments"]))

    votes = person.page.get_by_role("region", name="Votes")
    person.finds(person.page.get_by_role("region", name="Pour").get_by_text(argument))
    assert votes.get_by_role("row", name="Pas d’accord 1").is_visible()
    assert [row["body"] for row in public.rows("contributions") if row["id"] == identifier] == [text]
    assert [row["side"] for row in public.rows("arguments") if row["body"] == argument] == ["for"]
    counted = {row["choice"]: row["votes"] for row in public.rows("tallies") if row["contribution_id"] == identifier}
    assert counted == {"agree": "0", "mixed": "0", "disagree": "1"}

    person.erase_everything()
    assert person.page.get_by_text("Tout est effacé depuis").is_visible()
    assert "2 contributions retirées" in person.page.inner_text("main")
    person.soon(lambda: title not in public.page())
    person.soon(lambda: public.votes(identifier) == {})
    assert not [row for table in ("contributions", "arguments") for row in public.rows(table) if text in row["body"]]
    assert argument not in str(public.rows("arguments"))
    person.page.goto(f"{public.origin}/consultations/{public.consultation['slug']}/contributions/{identifier}")
    assert person.page.get_by_role("heading", name="Contribution retirée").is_visible()
    assert not person.page.get_by_text(text).count()
    _stayed_within(person, stack)


@pytest.mark.parametrize("script", [True], ids=["with JavaScript"])
def test_leaving_one_consultation(person: Person, stack: Stack) -> None:
    public = Public(stack)
    title = f"Titre {secrets.token_hex(4)}"
    person.open_consultation()
    person.take_part()
    person.write(title, "Un texte qui ne restera pas.")
    person.soon(lambda: title in public.page())
    person.page.wait_for_load_state()
    person.leave_consultation()
    assert person.page.get_by_text("Vous ne participez à aucune consultation.").is_visible()
    assert person.page.get_by_text(person.address).is_visible(), "the account is still there"
    person.soon(lambda: title not in public.page())
    _stayed_within(person, stack)


def _stayed_within(person: Person, stack: Stack) -> None:
    """It was quick, nothing left this machine, the gateway set no cookie, and identity saw its own alone."""
    person.was_not_kept_waiting()
    gateway, identity, consultation = (stack.origin(name) for name in ("gateway", "identity", "consultation"))
    assert person.origins() == {gateway, identity, consultation}
    assert person.cookie_setters() == {identity, consultation}
    own = person.cookies_sent_to(identity)
    assert own
    assert not own & (person.cookies_sent_to(gateway) | person.cookies_sent_to(consultation))
