"""Every refusal of this service: a stable code, a status, and the sentences that participants read."""

from typing import Final

from consultation_service.rules import reasons
from contracts.http import Reason

REASONS: Final[dict[str, Reason]] = {
    **reasons.REASONS,
    "settings_syntax": Reason(
        422,
        "Ce fichier n’est pas du JSON valide : voyez la ligne {line}.",
        "This file is not valid JSON: see line {line}.",
    ),
    "settings_version": Reason(
        422,
        "Ce n’est pas un fichier de réglages « {format} », version {version}.",
        "This is not a settings file “{format}”, version {version}.",
    ),
    "settings_field": Reason(
        422,
        "Dans ce fichier, à l’endroit « {path} », une valeur manque, est inconnue ou n’a pas la forme attendue.",
        "In this file, at “{path}”, a value is missing, unknown or does not have the expected form.",
    ),
    "consultation_too_large": Reason(
        422,
        "Les présentations, les parties et les questions dépassent {limit} Ko en tout : raccourcissez-les.",
        "Introductions, sections and questions are over {limit} kB in all: make them shorter.",
    ),
    "slug_taken": Reason(
        409, "Une autre consultation a déjà cette adresse.", "Another consultation already has this address."
    ),
    "slug_kept": Reason(
        409,
        "L’adresse ne change plus une fois la consultation annoncée.",
        "The address does not change once the consultation is announced.",
    ),
    "number_refused": Reason(
        422,
        "Ce n’est pas un numéro SIRET : 14 chiffres, dont le dernier contrôle les autres.",
        "This is not a SIRET number: 14 digits, the last of which checks the others.",
    ),
    "field_needed": Reason(
        422,
        "Sans cette information, une consultation n’est pas annoncée : remplissez ce champ.",
        "A consultation is not announced without this information: fill in this field.",
    ),
    "part_unready": Reason(
        422,
        "Une partie n’est pas prête : il y manque un article, un questionnaire sans erreur ou deux options à classer.",
        "A section is not ready: it needs an article, a questionnaire without mistakes, or two options to rank.",
    ),
    "not_participating": Reason(
        401,
        "Participez d’abord à cette consultation avec votre adresse électronique.",
        "First take part in this consultation with your e-mail address.",
    ),
    "token_refused": Reason(
        401,
        "Cette autorisation n’est pas valable ou ne l’est plus.",
        "This authorisation is not valid, or no longer.",
    ),
    "staff_session_over": Reason(
        401,
        "Votre session de travail est finie. Identifiez-vous dans un autre onglet, puis revenez ici et renvoyez le "
        "formulaire : rien de ce que vous avez tapé n’est perdu.",
        "Your working session is over. Sign in in another tab, then come back here and send the form again: nothing "
        "you typed is lost.",
    ),
    "state_missing": Reason(
        400,
        "Votre navigateur n’a pas gardé le début de la démarche, ou elle a pris plus de 30 minutes.",
        "Your browser did not keep the beginning of the procedure, or it took more than 30 minutes.",
    ),
    "token_used": Reason(
        409,
        "Cette autorisation a déjà servi.",
        "This authorisation was already used.",
    ),
    "unknown_consultation": Reason(404, "Cette consultation n’existe pas.", "This consultation does not exist."),
    "rank_repeated": Reason(422, "Deux options ont le même rang.", "Two options have the same rank."),
    "already_sent": Reason(
        409,
        "Vos réponses sont envoyées : ce questionnaire ne permet pas de les modifier.",
        "Your answers are sent: this questionnaire does not let them be changed.",
    ),
    "too_many_pages": Reason(
        422, "Un questionnaire a au plus {most} pages.", "A questionnaire has at most {most} pages."
    ),
    "unknown_section": Reason(404, "Cette partie n’existe pas.", "This section does not exist."),
    "unknown_target": Reason(404, "Il n’y a rien à suivre ici.", "There is nothing to follow here."),
    "unknown_contribution": Reason(404, "Cette contribution n’existe pas.", "This contribution does not exist."),
    "not_open_yet": Reason(409, "Cette consultation ouvre le {date_fr}.", "This consultation opens on {date_en}."),
    "closed": Reason(
        409, "Cette consultation est close depuis le {date_fr}.", "This consultation closed on {date_en}."
    ),
    "withdrawn": Reason(410, "Cette contribution a été retirée.", "This contribution was withdrawn."),
    "withheld": Reason(409, "Ce texte n’est pas publié en ce moment.", "This text is not published at the moment."),
    "choice_refused": Reason(
        422, "Ce choix n’est pas proposé pour cette contribution.", "This choice is not offered for this contribution."
    ),
    "kind_refused": Reason(
        422,
        "Cette partie n’accepte pas ce genre de contribution.",
        "This section does not accept this kind of contribution.",
    ),
    "section_refused": Reason(
        422, "Cette partie n’est pas dans cette consultation.", "This section is not in this consultation."
    ),
    "parent_refused": Reason(
        422,
        "On ne peut pas ajouter cela à ce texte, ou ce texte n’est pas dans cette consultation.",
        "This cannot be added to that text, or that text is not in this consultation.",
    ),
    "side_missing": Reason(
        422, "Dites si l’argument est pour ou contre.", "Say whether the argument is for or against."
    ),
    "text_missing": Reason(422, "Ce champ est à remplir.", "This field must be filled in."),
    "text_unexpected": Reason(422, "Ce champ ne sert pas ici.", "This field is not used here."),
    "title_too_long": Reason(
        422,
        "Ce titre est trop long : {limit} caractères au plus.",
        "This title is too long: {limit} characters at most.",
    ),
    "text_too_long": Reason(
        422,
        "Ce texte est trop long : {limit} signes au plus (une lettre accentuée compte pour deux).",
        "This text is too long: {limit} characters at most (an accented letter counts for two).",
    ),
    "text_over_limit": Reason(
        422,
        "Ce texte est trop long : {limit} caractères au plus.",
        "This text is too long: {limit} characters at most.",
    ),
    "too_deep": Reason(
        422,
        "Les réponses ne vont pas plus loin ici : répondez au commentaire précédent.",
        "Replies go no deeper here: reply to the comment before.",
    ),
    "base_changed": Reason(
        409,
        "Le texte à amender a changé pendant que vous écriviez : relisez-le, puis envoyez.",
        "The text to amend changed while you were writing: read it again, then send.",
    ),
    "personal_data_found": Reason(
        422,
        "Votre texte semble contenir des données personnelles, les vôtres ou celles de quelqu’un d’autre. Tout le "
        "monde pourra les lire.",
        "Your text seems to have personal data in it, yours or somebody else’s. Everybody will be able to read them.",
    ),
    "not_author": Reason(403, "Ce texte n’est pas le vôtre.", "This text is not yours."),
    "edit_reviewed": Reason(
        409,
        "Ici les textes sont relus avant d’être publiés : celui-ci l’est, il ne se modifie plus. Vous pouvez le "
        "retirer et en écrire un autre.",
        "Texts are reviewed before publication here: this one is published and can no longer be changed. You can "
        "withdraw it and write another one.",
    ),
    "edit_refused": Reason(
        409,
        "La modération a masqué ce texte : il ne se modifie plus, mais vous pouvez contester la décision.",
        "Moderation hid this text: it cannot be changed any more, but you can appeal.",
    ),
    "text_refused": Reason(
        422, "Ce texte contient un caractère interdit.", "This text contains a forbidden character."
    ),
    "link_refused": Reason(
        422,
        "Donnez une adresse complète, qui commence par https:// ou http://.",
        "Give a whole address, that begins with https:// or http://.",
    ),
    "return_refused": Reason(
        422,
        "L’adresse de retour n’est pas celle du site de la consultation.",
        "The return address is not on the consultation’s site.",
    ),
    "key_refused": Reason(
        422,
        "L’en-tête Idempotency-Key a 1 à 200 caractères visibles.",
        "The Idempotency-Key header has 1 to 200 visible characters.",
    ),
    "section_in_use": Reason(
        409,
        "Cette partie contient des textes déjà publics : elle ne peut plus être supprimée.",
        "This section contains texts that are already public: it cannot be deleted any more.",
    ),
    "section_filled": Reason(
        409,
        "Cette partie contient des articles ou des options : son genre ne change plus.",
        "This section contains articles or options: its kind does not change any more.",
    ),
    "kinds_missing": Reason(
        422,
        "Permettez au moins les propositions, les avis ou les questions.",
        "Allow proposals, opinions or questions at least.",
    ),
    "number_out_of_bounds": Reason(
        422, "Donnez un nombre entier, dans les limites indiquées.", "Give a whole number, within the stated bounds."
    ),
    "day_refused": Reason(422, "Donnez une date qui existe.", "Give a date that exists."),
    "level_unavailable": Reason(
        422,
        "Ce niveau de protection n’est pas encore disponible.",
        "This level of protection is not available yet.",
    ),
    "too_many_sections": Reason(
        422, "Une consultation a au plus {most} parties.", "A consultation has at most {most} sections."
    ),
    "too_many_articles": Reason(422, "Une partie a au plus {most} textes.", "A section has at most {most} texts."),
    "articles_missing": Reason(
        422,
        "Aucun article n’a été reconnu : commencez chacun par une ligne « Article 1 » ou par un titre Markdown.",
        "No article was recognised: begin each of them with a line “Article 1” or with a Markdown heading.",
    ),
    "file_refused": Reason(
        422, "Ce fichier n’est pas un fichier de texte (UTF-8).", "This file is not a text file (UTF-8)."
    ),
    "key_reused": Reason(
        409, "Cette clé a déjà servi à un autre envoi.", "This key was already used to send something else."
    ),
    "not_visible": Reason(
        409,
        "Le texte de cette contribution n’est plus visible : il n’y a rien à signaler.",
        "The text of this contribution is no longer visible: there is nothing to report.",
    ),
    "report_own": Reason(
        409,
        "Cette contribution est la vôtre : vous pouvez la modifier ou la retirer.",
        "This contribution is yours: you can change or withdraw it.",
    ),
    "already_reported": Reason(
        409,
        "Vous avez déjà signalé cette contribution : les modérateurs vont la lire.",
        "You already reported this contribution: moderators will read it.",
    ),
    "reported_enough": Reason(
        409,
        "Cette contribution a déjà été signalée de nombreuses fois : les modérateurs vont la lire.",
        "This contribution was already reported many times: moderators will read it.",
    ),
    "appeal_refused": Reason(
        409,
        "Il n’y a pas ici de décision que vous puissiez contester.",
        "There is no decision here that you can appeal against.",
    ),
    "words_too_long": Reason(
        422,
        "Ce message est trop long : {limit} caractères au plus.",
        "This message is too long: {limit} characters at most.",
    ),
    "decision_missing": Reason(422, "Choisissez une décision.", "Choose a decision."),
    "no_author": Reason(
        409,
        "Ce texte n’a pas d’auteur à qui le renvoyer : masquez-le ou laissez-le.",
        "This text has no author to send it back to: hide it or keep it.",
    ),
    "facts_personal": Reason(
        422,
        "Ces faits sont publics et semblent contenir une donnée personnelle : dites-les sans elle.",
        "These facts are public and seem to contain personal data: tell them without.",
    ),
    "nothing_chosen": Reason(422, "Cochez au moins une contribution.", "Tick at least one contribution."),
    "export_running": Reason(
        503,
        "Un autre export est en cours. Réessayez dans quelques minutes.",
        "Another export is running. Try again in a few minutes.",
    ),
    "release_running": Reason(
        503,
        "Une publication de cette consultation est déjà en préparation. Réessayez quand elle sera finie.",
        "A release of this consultation is already being prepared. Try again once it is done.",
    ),
}
