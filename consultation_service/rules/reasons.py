"""Every refusal of these rules: a stable code, a status, and the sentences that people read.

``PARTICIPANT`` and ``STAFF`` tell who may read each of them; ``REASONS`` is both. Codes that the service already has
(``not_open_yet``, ``closed``, ``choice_refused``, ``text_refused``) are in its own table.
"""

from typing import Final

from contracts.http import Reason

PARTICIPANT: Final[dict[str, Reason]] = {
    "scale_refused": Reason(422, "Cette échelle de vote n’existe pas.", "This voting scale does not exist."),
    "count_refused": Reason(
        422, "Un nombre de votes ne peut pas être négatif.", "A number of votes cannot be negative."
    ),
    "option_unknown": Reason(422, "Cette option n’est pas proposée.", "This option is not offered."),
    "option_repeated": Reason(422, "La même option est choisie deux fois.", "The same option is chosen twice."),
    "ranking_too_short": Reason(422, "Classez au moins {least} options.", "Rank at least {least} options."),
    "ranking_too_long": Reason(422, "Classez au plus {most} options.", "Rank at most {most} options."),
    "points_refused": Reason(
        422, "Donnez à chaque option de 0 à {most} points.", "Give each option from 0 to {most} points."
    ),
    "points_over_budget": Reason(
        422, "Vous avez {budget} points en tout à répartir.", "You have {budget} points in all to share."
    ),
    "answer_missing": Reason(422, "Répondez à cette question.", "Answer this question."),
    "answer_refused": Reason(
        422, "Cette réponse n’a pas la forme attendue.", "This answer does not have the expected form."
    ),
    "answer_too_long": Reason(422, "Cette réponse est trop longue.", "This answer is too long."),
    "answer_out_of_bounds": Reason(
        422, "Cette réponse n’est pas entre les limites indiquées.", "This answer is not within the stated bounds."
    ),
    "answers_too_few": Reason(422, "Choisissez davantage d’options.", "Choose more options."),
    "answers_too_many": Reason(422, "Choisissez moins d’options.", "Choose fewer options."),
    "rows_missing": Reason(422, "Répondez à cette ligne.", "Answer this row."),
    "other_missing": Reason(422, "Précisez votre réponse « Autre ».", "Say what your answer “Other” is."),
    "question_unknown": Reason(
        422,
        "Une réponse ne correspond à aucune question de ce questionnaire.",
        "An answer matches no question of this questionnaire.",
    ),
    "attribute_unknown": Reason(
        422, "Cette information n’est pas demandée ici.", "This information is not asked for here."
    ),
    "attribute_refused": Reason(422, "Choisissez une valeur de la liste.", "Choose a value from the list."),
    "attributes_disagree": Reason(
        422, "Ce département n’est pas dans cette région.", "This department is not in this region."
    ),
    "phase_later": Reason(
        409, "Cela sera possible à partir du {date_fr}.", "This will be possible from {date_en}."
    ),
    "phase_over": Reason(
        409,
        "Ce n’est pas, ou plus, possible dans cette phase de la consultation.",
        "This is not, or no longer, possible in this phase of the consultation.",
    ),
    "too_many_texts": Reason(
        429,
        "Vous avez déjà écrit {most} textes de ce genre aujourd’hui. Revenez demain.",
        "You already wrote {most} texts of this kind today. Come back tomorrow.",
    ),
    "too_many_edits": Reason(
        429,
        "Vous avez déjà fait {most} modifications aujourd’hui. Revenez demain.",
        "You already made {most} changes today. Come back tomorrow.",
    ),
    "too_many_reports": Reason(
        429,
        "Vous avez déjà fait {most} signalements aujourd’hui. Revenez demain.",
        "You already made {most} reports today. Come back tomorrow.",
    ),
    "too_many_versions": Reason(
        409, "Un texte a au plus {most} versions.", "A text has at most {most} versions."
    ),
    "motive_unknown": Reason(
        422, "Choisissez un motif de la liste publiée.", "Choose a motive from the published list."
    ),
    "appeal_late": Reason(
        409,
        "Une décision peut être contestée pendant six mois, qui sont passés.",
        "A decision can be appealed against for six months, which are over.",
    ),
}  # fmt: skip
"""What participants may read."""

STAFF: Final[dict[str, Reason]] = {
    "act_forbidden": Reason(403, "Votre rôle ne permet pas cette action.", "Your role does not allow this."),
    "status_refused": Reason(
        422, "Dites ce que devient cette contribution.", "Say what becomes of this contribution."
    ),
    "roles_incompatible": Reason(
        409,
        "Un auditeur ou un délégué à la protection des données n’a pas d’autre rôle.",
        "An auditor or a data-protection officer holds no other role.",
    ),
    "same_moderator": Reason(
        403,
        "Une contestation est décidée par une autre personne que celle qui a décidé la première fois.",
        "An appeal is decided by another person than the one who decided first.",
    ),
    "state_refused": Reason(
        409,
        "L’état de la consultation ne permet pas cette action.",
        "The state of the consultation does not allow this.",
    ),
    "reason_missing": Reason(
        422,
        "Donnez une raison publique, d’au moins {least} caractères.",
        "Give a public reason, of at least {least} characters.",
    ),
    "reason_too_long": Reason(
        422, "Cette raison est trop longue : {limit} caractères au plus.",
        "This reason is too long: {limit} characters at most.",
    ),
    "dates_refused": Reason(
        422, "La clôture vient avant l’ouverture.", "The closing day comes before the opening day."
    ),
    "opening_past": Reason(422, "Le jour d’ouverture est passé.", "The opening day is over."),
    "too_many_days": Reason(
        422, "Une consultation dure au plus {most} jours.", "A consultation lasts at most {most} days."
    ),
    "already_open": Reason(
        409,
        "La consultation est ouverte : son premier jour ne change plus.",
        "The consultation is open: its first day does not change any more.",
    ),
    "closing_earlier": Reason(
        409,
        "La clôture peut seulement être repoussée. Pour clore plus tôt, donnez une raison publique.",
        "The closing day can only be put off. To close earlier, give a public reason.",
    ),
    "nested_too_deep": Reason(
        422, "Les parties s’emboîtent sur {most} niveaux au plus.", "Sections nest {most} levels deep at most."
    ),
    "phase_dates_refused": Reason(
        422,
        "Une phase est hors des dates de la consultation, ou finit avant de commencer.",
        "A phase is outside the dates of the consultation, or ends before it begins.",
    ),
    "phases_overlap": Reason(
        422,
        "Deux phases du même genre se chevauchent dans une même partie.",
        "Two phases of the same kind overlap in one section.",
    ),
    "policy_frozen": Reason(
        409,
        "Les garanties et les règles de vote ne changent plus une fois la consultation ouverte.",
        "Guarantees and voting rules do not change once the consultation is open.",
    ),
    "purpose_missing": Reason(422, "Dites à quoi cela servira.", "Say what this is for."),
    "attribute_repeated": Reason(
        422, "La même information est demandée deux fois.", "The same information is asked for twice."
    ),
    "moderation_incomplete": Reason(
        422,
        "Une décision donne son motif et les faits, en une phrase au moins.",
        "A decision gives its motive and the facts, in one sentence at least.",
    ),
    "entry_refused": Reason(
        409,
        "Cette décision ne convient plus : l’élément a changé entre-temps.",
        "This decision no longer applies: the item changed meanwhile.",
    ),
    "key_repeated": Reason(422, "Cette clé sert déjà ailleurs.", "This key is already used elsewhere."),
    "label_missing": Reason(422, "Il manque un intitulé.", "A label is missing."),
    "section_empty": Reason(422, "Cette partie est vide.", "This section is empty."),
    "question_number": Reason(
        422, "Un questionnaire a de 1 à 200 questions.", "A questionnaire has from 1 to 200 questions."
    ),
    "options_number": Reason(
        422,
        "Il faut au moins deux choix (une ligne pour un tableau), et au plus 200.",
        "At least two choices are needed (one row for a table), and at most 200.",
    ),
    "bounds_refused": Reason(
        422, "Ces limites se contredisent ou sont trop grandes.", "These bounds contradict each other or are too large."
    ),
    "condition_later": Reason(
        422,
        "Une condition porte sur une question qui n’existe pas ou qui vient après.",
        "A condition is about a question that does not exist or comes later.",
    ),
    "condition_refused": Reason(
        422,
        "Cette condition ne peut pas porter sur cette question ou sur cette valeur.",
        "This condition cannot be about this question or this value.",
    ),
}  # fmt: skip
"""What only staff may read."""

REASONS: Final[dict[str, Reason]] = {**PARTICIPANT, **STAFF}
