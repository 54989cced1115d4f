"""Every refusal of this service, with its sentences. None of them repeats what the person typed."""

from typing import Final

from contracts.http import Reason

REASONS: Final[dict[str, Reason]] = {
    "address_invalid": Reason(
        422,
        "Cette adresse n’a pas la bonne forme. Exemple : camille@courriel.example.",
        "This address does not have the right form. Example: camille@mail.example.",
    ),
    "address_look_alike": Reason(
        422,
        "Cette adresse contient des caractères qui ressemblent à d’autres. Retapez-la avec votre clavier habituel.",
        "This address contains characters that look like others. Type it again with your usual keyboard.",
    ),
    "code_malformed": Reason(
        422,
        "Le code est fait de {digits} chiffres. Recopiez-le depuis le courriel reçu.",
        "The code is made of {digits} digits. Copy it from the e-mail you received.",
    ),
    "code_wrong": Reason(
        422,
        "Ce code n’est pas le bon. Il vous reste {left} essais.",
        "This is not the right code. You have {left} tries left.",
    ),
    "code_wrong_once_more": Reason(
        422, "Ce code n’est pas le bon. Il vous reste un essai.", "This is not the right code. You have one try left."
    ),
    "code_gone": Reason(
        422,
        "Ce code n’est plus valable. Demandez-en un nouveau : il vous sera envoyé aussitôt.",
        "This code is no longer valid. Ask for a new one: it will be sent at once.",
    ),
    "signed_out": Reason(401, "Identifiez-vous pour continuer.", "Sign in to continue."),
    "consultation_unknown": Reason(
        404,
        "Cette consultation n’est pas connue ici. Si elle vient d’être créée, réessayez dans une minute.",
        "This consultation is not known here. If it was just created, try again in a minute.",
    ),
    "link_incomplete": Reason(
        400,
        "Ce lien est incomplet. Repartez de la page de la consultation.",
        "This link is incomplete. Start again from the page of the consultation.",
    ),
    "consent_needed": Reason(
        403,
        "Il faut d’abord accepter les conditions de cette consultation.",
        "The terms of this consultation must be accepted first.",
    ),
    "consent_unticked": Reason(
        422,
        "Cochez la case pour donner votre accord, ou quittez cette page si vous ne le souhaitez pas.",
        "Tick the box to agree, or leave this page if you do not wish to.",
    ),
    "terms_changed": Reason(
        409,
        "Les conditions ont changé entre-temps. Relisez-les avant d’accepter.",
        "The terms have changed in the meantime. Read them again before accepting.",
    ),
    "no_participation": Reason(
        404,
        "Vous ne participez pas à cette consultation, ou vous l’avez déjà quittée.",
        "You do not take part in this consultation, or you have left it already.",
    ),
    "erase_unticked": Reason(
        422,
        "Cochez la case pour confirmer : l’effacement est définitif.",
        "Tick the box to confirm: erasure is final.",
    ),
    "receipt_unknown": Reason(
        404,
        "Ce reçu n’existe pas, ou il a été supprimé : un reçu est gardé 30 jours après l’effacement.",
        "This receipt does not exist, or was deleted: a receipt is kept 30 days after the erasure.",
    ),
    "staff_signed_out": Reason(401, "Identifiez-vous comme agent pour continuer.", "Sign in as staff to continue."),
    "role_missing": Reason(
        403,
        "Votre rôle ne donne pas accès à cette page. Un organisateur peut vous donner un autre rôle.",
        "Your role does not give access to this page. An organiser can give you another role.",
    ),
    "invitation_gone": Reason(
        404,
        "Cette invitation n’est plus valable. Demandez-en une autre à la personne qui vous l’a envoyée.",
        "This invitation is no longer valid. Ask whoever sent it for another one.",
    ),
    "second_factor_wrong": Reason(
        422,
        "Ce code n’est pas le bon, ou il a déjà servi. Attendez le suivant. Essais restants : {left}.",
        "This is not the right code, or it was used already. Wait for the next one. Tries left: {left}.",
    ),
    "second_factor_gone": Reason(
        422,
        "Trop d’essais. Identifiez-vous de nouveau avec un code reçu par courriel.",
        "Too many tries. Sign in again with a code received by e-mail.",
    ),
    "roles_missing": Reason(422, "Choisissez au moins un rôle.", "Choose at least one role."),
    "roles_unknown": Reason(
        422,
        "Rôles possibles : organiser, moderator, analyst, auditor, data_protection_officer.",
        "Possible roles: organiser, moderator, analyst, auditor, data_protection_officer.",
    ),
    "roles_incompatible": Reason(
        422,
        "Un auditeur ou un délégué à la protection des données n’a pas d’autre rôle : qui contrôle n’agit pas.",
        "An auditor or a data-protection officer has no other role: who checks does not act.",
    ),
    "already_staff": Reason(
        422,
        "Cette personne fait déjà partie des agents : changez ses rôles plus haut.",
        "This person is already on the staff: change their roles above.",
    ),
    "staff_unknown": Reason(
        404, "Cette personne ne fait pas, ou plus, partie des agents.", "This person is not on the staff, or no longer."
    ),
    "last_organiser": Reason(
        409,
        "C’est le dernier organisateur : nommez-en d’abord un autre, qui a activé sa double authentification.",
        "This is the last organiser: first appoint another one, who has a second factor.",
    ),
    "account_unknown": Reason(
        422,
        "Aucun compte n’a cette adresse. Vérifiez-la : un effacement ne se corrige pas.",
        "No account has this address. Check it: an erasure cannot be undone.",
    ),
    "request_unticked": Reason(
        422,
        "Cochez la case : un effacement se fait à la demande écrite de la personne.",
        "Tick the box: an erasure is done on the person’s written request.",
    ),
}
