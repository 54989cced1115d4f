"""Everything that participants and staff can do, named once; ``lifecycle.py`` says when, ``permissions.py`` who."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Act(StrEnum):
    """One act; its value is what the audit journal records."""

    SIGN_UP = "sign_up"
    CONTRIBUTE = "contribute"
    AMEND = "amend"
    DISCUSS = "discuss"
    VOTE = "vote"
    RANK = "rank"
    ANSWER_QUESTIONNAIRE = "answer_questionnaire"
    EDIT_OWN = "edit_own"
    WITHDRAW_OWN = "withdraw_own"
    REPORT = "report"
    APPEAL = "appeal"

    READ_SETTINGS = "read_settings"
    READ_DRAFT = "read_draft"
    READ_JOURNAL = "read_journal"
    READ_DASHBOARD = "read_dashboard"
    EDIT_SETTINGS = "edit_settings"
    EDIT_STRUCTURE = "edit_structure"
    EDIT_POLICY = "edit_policy"
    RESCHEDULE = "reschedule"
    IMPORT = "import"
    DELETE_DRAFT = "delete_draft"
    ANNOUNCE = "announce"
    CLOSE_EARLY = "close_early"
    ARCHIVE = "archive"
    MODERATE = "moderate"
    DECIDE_APPEAL = "decide_appeal"
    REVERSE_DECISION = "reverse_decision"
    ANSWER_OFFICIALLY = "answer_officially"
    SYNTHESISE = "synthesise"
    PUBLISH_RESTITUTION = "publish_restitution"
    EXPORT_SETTINGS = "export_settings"
    EXPORT_RAW = "export_raw"
    EXPORT_REGISTRATION = "export_registration"
    ERASE = "erase"
    MANAGE_STAFF = "manage_staff"


PARTICIPANT_ACTS: Final = frozenset(
    {
        Act.SIGN_UP, Act.CONTRIBUTE, Act.AMEND, Act.DISCUSS, Act.VOTE, Act.RANK, Act.ANSWER_QUESTIONNAIRE,
        Act.EDIT_OWN, Act.WITHDRAW_OWN, Act.REPORT, Act.APPEAL,
    }
)  # fmt: skip
"""What participants do; everything else is for staff."""

NAMES: Final[Mapping[Act, tuple[str, str]]] = {
    Act.SIGN_UP: ("S’inscrire", "Sign up"),
    Act.CONTRIBUTE: ("Proposer ou donner un avis", "Propose or give an opinion"),
    Act.AMEND: ("Amender", "Amend"),
    Act.DISCUSS: ("Ajouter un argument, une source, un commentaire ou une question", "Argue, source, comment or ask"),
    Act.VOTE: ("Voter", "Vote"),
    Act.RANK: ("Classer des propositions", "Rank proposals"),
    Act.ANSWER_QUESTIONNAIRE: ("Répondre au questionnaire", "Answer the questionnaire"),
    Act.EDIT_OWN: ("Modifier sa contribution", "Edit one’s contribution"),
    Act.WITHDRAW_OWN: ("Retirer sa contribution ou son vote", "Withdraw one’s contribution or vote"),
    Act.REPORT: ("Signaler un contenu", "Report a content"),
    Act.APPEAL: ("Contester une décision de modération", "Appeal against a moderation decision"),
    Act.READ_SETTINGS: ("Lire les réglages", "Read settings"),
    Act.READ_DRAFT: ("Lire les textes en préparation", "Read texts in preparation"),
    Act.READ_JOURNAL: ("Lire les journaux", "Read journals"),
    Act.READ_DASHBOARD: ("Lire le tableau de bord", "Read the dashboard"),
    Act.EDIT_SETTINGS: ("Modifier la présentation", "Edit the presentation"),
    Act.EDIT_STRUCTURE: ("Modifier les parties, articles et questions", "Edit sections, articles and questions"),
    Act.EDIT_POLICY: ("Modifier les garanties et les règles de vote", "Edit guarantees and voting rules"),
    Act.RESCHEDULE: ("Changer les dates", "Change dates"),
    Act.IMPORT: ("Importer des données", "Import data"),
    Act.DELETE_DRAFT: ("Supprimer un brouillon", "Delete a draft"),
    Act.ANNOUNCE: ("Annoncer", "Announce"),
    Act.CLOSE_EARLY: ("Clore avant la date", "Close early"),
    Act.ARCHIVE: ("Archiver", "Archive"),
    Act.MODERATE: ("Modérer", "Moderate"),
    Act.DECIDE_APPEAL: ("Décider d’une contestation", "Decide an appeal"),
    Act.REVERSE_DECISION: ("Annuler une décision de modération", "Reverse a moderation decision"),
    Act.ANSWER_OFFICIALLY: ("Répondre officiellement", "Answer officially"),
    Act.SYNTHESISE: ("Écrire une synthèse", "Write a synthesis"),
    Act.PUBLISH_RESTITUTION: ("Publier la restitution", "Publish the restitution"),
    Act.EXPORT_SETTINGS: ("Exporter les réglages", "Export settings"),
    Act.EXPORT_RAW: ("Exporter les données brutes de la consultation", "Export the raw data of the consultation"),
    Act.EXPORT_REGISTRATION: ("Exporter les données d’inscription", "Export registration data"),
    Act.ERASE: ("Exécuter un effacement", "Carry out an erasure"),
    Act.MANAGE_STAFF: ("Inviter et retirer des agents", "Invite and remove staff"),
}
"""What pages and the journal call each act, in French and in English."""
