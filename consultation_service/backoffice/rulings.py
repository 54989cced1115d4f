"""Decisions of moderation as forms send them, for one item or for several alike."""

import datetime
from typing import cast

from consultation_service.backoffice.desk import Desk
from consultation_service.contributions import clean_text
from consultation_service.forms import Form
from consultation_service.highlights import has_personal_data
from consultation_service.moderation_words import DECISIONS, spoken
from consultation_service.rules.moderation import Decision, Entry, Kind, require_statement
from consultation_service.rules.motives import require_motive
from consultation_service.store.moderation import Ruling
from contracts.http import Refusal
from contracts.motives import MOTIVES


def ruling_of(form: Form, *, on_appeal: bool = False) -> Ruling:
    """What a form of decision says. Raises ``Refusal``, naming the field: ``decision_missing``, ``motive_unknown``,
    ``moderation_incomplete``, ``facts_personal``.
    """
    chosen = form.get("decision")
    if chosen not in DECISIONS:
        raise Refusal("decision_missing", field="decision")
    decision = cast(Decision, chosen)
    rule = "" if decision == "keep" else form.get("rule")
    if decision != "keep":
        require_motive(rule)
    facts = clean_facts(form)
    kind: Kind = "appeal_decided" if on_appeal else "decided"
    require_statement(Entry(1, kind, datetime.date.min, decision, rule, facts))
    return Ruling(decision, rule, facts, form.get("seen"))


def clean_facts(form: Form) -> str:
    """The facts that everybody will read. Raises ``Refusal``."""
    facts = clean_text(form.get("facts"), "facts")
    if has_personal_data(facts):
        raise Refusal("facts_personal", field="facts")
    return facts


def motives(desk: Desk) -> list[tuple[bool, list[tuple[str, str, str]]]]:
    """The published list, what is against the law first: (name, words, sentence)."""
    return [
        (
            illegal,
            [
                (name, spoken(motive.name, desk.language), spoken(motive.sentence, desk.language))
                for name, motive in MOTIVES.items()
                if motive.illegal is illegal
            ],
        )
        for illegal in (True, False)
    ]
