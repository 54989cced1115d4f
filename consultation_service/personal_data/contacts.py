"""Ways to reach a person on line: e-mail addresses, in clear or disguised, and names on social networks."""

import re
from collections.abc import Iterator
from typing import Final

from consultation_service.personal_data.findings import Found
from consultation_service.personal_data.vocabulary import EVERYONE

_DOMAIN: Final = r"(?:[^\W_](?:[\w-]{0,62}+)\.){1,8}[^\W\d_]{2,24}(?![\w@])"
_EMAIL: Final = re.compile(rf"(?<![\w.+%@-])[\w.!#$%&*+/=?^`{{|}}~-]{{1,64}}@{_DOMAIN}")
_SERVER_HANDLE: Final = re.compile(rf"(?<![\w@.])@[\w.-]{{1,40}}@{_DOMAIN}")

_SPACES: Final = r"[ \t\u00a0\u202f]"
_OPEN, _CLOSE = r"[\[({<«]", r"[\])}>»]"
_AROBASE: Final = r"arr?oba(?:s|ss|z)e?s?"
_AT_SIGN: Final = (
    rf"(?:{_SPACES}{{0,2}}{_OPEN}{_SPACES}?(?:at|a|à|{_AROBASE}|chez|[@＠]){_SPACES}?{_CLOSE}{_SPACES}{{0,2}}"
    rf"|{_SPACES}?[-_*/|]{{1,2}}(?:at|chez|{_AROBASE})[-_*/|]{{1,2}}{_SPACES}?"
    rf"|{_SPACES}{{1,2}}(?:at|chez|[àa](?={_SPACES}{{1,2}}[\w-]{{2,40}}{_SPACES}{{1,2}}point)){_SPACES}{{1,2}}"
    rf"|{_SPACES}{{0,2}}(?:[@＠]|{_AROBASE}){_SPACES}{{0,2}})"
)
_DOT: Final = (
    rf"(?:{_SPACES}{{0,2}}{_OPEN}{_SPACES}?(?:point|dot|pt|\.){_SPACES}?{_CLOSE}{_SPACES}{{0,2}}"
    rf"|{_SPACES}?[-_*/|]{{1,2}}(?:point|dot)[-_*/|]{{1,2}}{_SPACES}?"
    rf"|{_SPACES}{{1,2}}(?:point|dot|pt){_SPACES}{{1,2}}"
    rf"|{_SPACES}{{0,2}}\.{_SPACES}{{0,2}}|,(?=(?:fr|com|net|org|example)(?!\w)))"
)
_JOINT: Final = (
    rf"(?:\.|{_SPACES}\.{_SPACES}|{_SPACES}?{_OPEN}{_SPACES}?(?:point|dot|pt|\.){_SPACES}?{_CLOSE}{_SPACES}?"
    rf"|{_SPACES}{{1,2}}(?:point|dot|pt){_SPACES}{{1,2}}|{_SPACES}{{1,2}}(?:tiret{_SPACES}(?:du{_SPACES})?(?:bas|6|8)|tiret|underscore|moins){_SPACES}{{1,2}})"
)
# Top-level domains of addresses that French people write; any other would take the next sentence for a domain.
_ENDING: Final = (
    "(?:fr|com|net|org|eu|info|be|ch|de|es|it|lu|uk|ca|io|me|re|gp|mq|gf|yt|nc|pf|wf|pm|bzh|alsace|corsica|paris|bio|"
    "asso|coop|email|example)"
)
_DISGUISED: Final = re.compile(
    rf"(?<![\w.+@-])(?P<local>\w[\w+-]{{0,39}}(?:{_JOINT}[\w+-]{{1,40}}){{0,4}}?)(?P<at>{_AT_SIGN})"
    rf"(?P<domain>\w[\w-]{{0,40}}(?:{_DOT}\w[\w-]{{0,40}}){{0,3}}?{_DOT}{_ENDING})(?![\w@])",
    re.IGNORECASE,
)
_MAYBE_DISGUISED: Final = re.compile(r"[@＠]|arr?oba|(?<![^\W\d_])(?:at|a|à|chez)(?![^\W\d_])", re.IGNORECASE)
_MAIL_HOSTS: Final = re.compile(
    r"(?:orange|wanadoo|free|sfr|neuf|laposte|gmail|googlemail|hotmail|outlook|live|yahoo|icloud|proton\w*|bbox|aol|gmx)\W",
    re.IGNORECASE,
)

_AT_HANDLE: Final = re.compile(r"(?<![\w@.])@(?P<name>[^\W_][\w.]{1,29}\w)(?![\w@])")
_NETWORKS: Final = (
    "insta(?:gram)?|snap(?:chat)?|tik ?tok|twitter|telegram|discord|mastodon|facebook|fb|linkedin|youtube|twitch|"
    "threads|bluesky|signal|whatsapp|messenger|pinterest|reddit|pseudo(?:nyme)?"
)
_NETWORK: Final = re.compile(rf"(?<!\w)(?:{_NETWORKS})(?!\w)", re.IGNORECASE)
# A name without @ must not be a word: it has an underscore, a point or digits inside, or Discord's four digits.
_BARE_NAME: Final = re.compile(
    r"(?<![\w@./#:-])(?=[\w.-]{0,30}(?:[^\W_]_[^\W_]|[a-z]\.[a-z]|[a-z]\d|#\d{4}))"
    r"[^\W\d_][\w.-]{2,30}(?:#\d{4})?(?<![.-])(?![\w@])"
)
_END_OF_SENTENCE: Final = re.compile(r"[\n;!?]|\.(?!\w)")
_ANNOUNCED_NAME: Final = re.compile(
    rf"(?<!\w)(?:mon|son|ma|sa|leur|notre|un)(?: compte| page| pseudo)? (?:{_NETWORKS})"
    r" ?(?:(?::|=)[ «\"]{0,3}|(?:est |c['’]est |, )?[«\"] ?)(?P<name>[^\W\d_][\w.-]{3,30}(?<![.-]))",
    re.IGNORECASE,
)
_PROFILE: Final = re.compile(
    r"(?<![\w.])(?:https?://)?(?:www\.|m\.)?(?:facebook\.com|fb\.com|instagram\.com|twitter\.com|x\.com|tiktok\.com|t\.me|"
    r"snapchat\.com/add|linkedin\.com/in|youtube\.com(?!/watch)|twitch\.tv|threads\.net|bsky\.app/profile)/@?[\w.-]{3,40}",
    re.IGNORECASE,
)
_FILE_OR_SITE: Final = re.compile(
    r"\.(?:fr|com|net|org|eu|example|pdf|docx?|xlsx?|csv|jpe?g|png|html?|php|txt)$", re.IGNORECASE
)


def emails(text: str) -> Iterator[Found]:
    """E-mail addresses in clear."""
    for match in _EMAIL.finditer(text):
        # Punctuation that precedes an address is not its beginning: "~odile@…", "/odile@…".
        written = match.group()
        skipped = len(written) - len(written.lstrip("!#$%&*+/=?^`{|}~.-"))
        if written[skipped] != "@":
            yield Found("email", match.start() + skipped, match.end(), "sure")


def disguised_emails(text: str) -> Iterator[Found]:
    """E-mail addresses that were written for people and not for machines: "odile (at) exemple point fr"."""
    if not _MAYBE_DISGUISED.search(text):
        return
    for match in _DISGUISED.finditer(text):
        sign, local, domain = match["at"].strip().lower(), match["local"], match["domain"]
        spoken = "chez" in sign or sign == "at"
        if sign in ("a", "à") and not domain.lower().endswith(("fr", "com", "net", "org", "example")):
            continue  # "je suis à un point de rupture"
        if spoken and not (re.search(r"[._\d-]", local) or _MAIL_HOSTS.match(domain) or " " in domain):
            continue  # "je commande chez exemple.fr"
        # "les domaines @exemple.fr" is written like "odile @exemple.fr".
        unclear = spoken or sign in ("a", "à") or (match["at"] == " @" and local.isalpha())
        yield Found("disguised_email", match.start(), match.end(), "maybe" if unclear else "sure")


def handles_with_server(text: str) -> Iterator[Found]:
    """Names on Mastodon and the like: ``@name@server``."""
    for match in _SERVER_HANDLE.finditer(text):
        yield Found("handle", match.start(), match.end(), "sure")


def handles(text: str) -> Iterator[Found]:
    """Names on social networks, with an @ or announced by the name of the network."""
    for match in _PROFILE.finditer(text):
        yield Found("handle", match.start(), match.end(), "maybe")
    for match in _AT_HANDLE.finditer(text):
        if match["name"].lower() not in EVERYONE and not _FILE_OR_SITE.search(match["name"]):
            plain = match["name"].isalpha()
            near = plain and _NETWORK.search(text, max(0, match.start() - 40), match.end() + 40)
            yield Found("handle", match.start(), match.end(), "maybe" if plain and not near else "sure")
    for match in _ANNOUNCED_NAME.finditer(text):
        if not _FILE_OR_SITE.search(match["name"]):
            yield Found("handle", match.start("name"), match.end("name"), "maybe")
    for end in [match.end() for match in _NETWORK.finditer(text)]:
        # The first name that is no word, in the same sentence.
        stop = _END_OF_SENTENCE.search(text, end, end + 45)
        for name in _BARE_NAME.finditer(text, end, stop.end() if stop else end + 75):
            if name.start() > end + 45:
                break
            if not _FILE_OR_SITE.search(name.group()) and not _NETWORK.fullmatch(name.group()):
                yield Found("handle", name.start(), name.end(), "maybe")
                break
