"""Personal data that somebody wrote into a free text in French: e-mail addresses, telephones, names, and the like.

A pure function of the text: no network, no model, nothing remembered. Patterns have bounded repetitions, so that the
cost is proportional to the length of the text whatever it holds, and a text is never cut (a limit would be a place to
hide in). Numbers that have check digits are checked. Names are only found where a word announces them ("je m'appelle",
"Mme", "mon voisin") or where they stand beside other personal data, and are hints: never to be erased by a program.

What is public is left alone: articles of law, amounts, roads, postal codes, emergency and free numbers, historical
figures, hashtags. ``./cloison bench pii`` says how well this works on sentences that were not seen while writing it.
"""

from consultation_service.personal_data import contacts, numbers, people, places
from consultation_service.personal_data.findings import KINDS, Findings, Found, Kind, Level

__all__ = ["KINDS", "Found", "Kind", "Level", "find"]


def find(text: str) -> tuple[Found, ...]:
    """All personal data found in ``text``, in order, without overlap."""
    findings = Findings(text)
    # The order decides between readings of the same characters: the more specific form comes first.
    findings.add(contacts.handles_with_server(text))
    findings.add(contacts.emails(text))
    findings.add(numbers.ibans(text))
    findings.add(numbers.social_security_numbers(text))
    findings.add(numbers.phones(text))
    findings.add(numbers.companies(text))
    findings.add(contacts.disguised_emails(text))
    findings.add(people.birth_dates(text))
    findings.add(places.addresses(text))
    findings.add(numbers.plates(text))
    findings.add(contacts.handles(text))
    findings.add(people.names(text, findings.in_order()))
    return findings.in_order()
