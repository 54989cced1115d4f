"""A consultation as one JSON file: all that its administration configured and wrote, nothing of anybody who took part.

The file names its format and version, and is read strictly. Sections are nested as they are shown; ``key`` only names
them inside the file, for phases. What it makes elsewhere is a draft with new ids, equal in everything else.
"""

import datetime
import json
import re
from collections.abc import Iterator
from typing import Annotated, Final, Literal

import msgspec

from consultation_service.configuration import Organiser, PolicySettings, Presentation
from consultation_service.rules.edits import Limits
from consultation_service.rules.outline import MAX_DEPTH, MAX_SECTIONS
from consultation_service.rules.questionnaires import Questionnaire
from consultation_service.structure import OfficialText, SectionSettings
from contracts.events import PhaseKind, PublicRankingRules
from contracts.http import Refusal

FORMAT: Final = "cloison-consultation"
VERSION: Final = 1
MAX_BYTES: Final = 8 * 1024 * 1024

Key = Annotated[str, msgspec.Meta(pattern="^[a-z0-9.-]{1,40}$")]


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Strict about its fields."""


class FilePhase(_Part, frozen=True, kw_only=True):
    """A phase; ``sections`` are keys of sections, none when it is about all of them."""

    kind: PhaseKind
    title: str = ""
    first: datetime.date
    last: datetime.date
    sections: tuple[Key, ...] = ()


class FileSchedule(_Part, frozen=True, kw_only=True):
    """First and last day, included, and the phases between them."""

    opens_on: datetime.date
    closes_on: datetime.date
    phases: tuple[FilePhase, ...] = ()


class FileSection(_Part, frozen=True, kw_only=True):
    """A section with what the organiser put in it, then the sections inside it, in order."""

    key: Key
    settings: SectionSettings
    questionnaire: Questionnaire | None = None
    ranking: PublicRankingRules | None = None
    texts: tuple[OfficialText, ...] = ()
    """The articles, or the options to rank."""
    sections: tuple["FileSection", ...] = ()


class SettingsFile(_Part, frozen=True, kw_only=True):
    """The whole file."""

    format: Literal["cloison-consultation"] = "cloison-consultation"
    version: Literal[1] = 1
    presentation: Presentation
    organiser: Organiser
    policy: PolicySettings
    limits: Limits
    schedule: FileSchedule
    sections: tuple[FileSection, ...] = ()


class Placed(msgspec.Struct, frozen=True):
    """A section of a file: where it is in the file (``sections.0.sections.2``), in what, and at what place there."""

    path: str
    section: FileSection
    parent: Key | None
    position: int


def encode(file: SettingsFile) -> bytes:
    """The file, indented, so that two of them can be compared line by line."""
    return msgspec.json.format(msgspec.json.encode(file), indent=2) + b"\n"


def decode(data: bytes) -> SettingsFile:
    """Read a file. Raises ``Refusal``: ``too_large``; ``settings_syntax`` with the line; ``settings_version``;
    ``settings_field`` with the path of what is missing, unknown or of another form (``presentation.title``).
    """
    if len(data) > MAX_BYTES:
        raise Refusal("too_large", limit=MAX_BYTES // 1024)
    _require_format(data)
    try:
        file = _decode(data)
        # Neither a half character nor NUL can be kept; both can be written in JSON.
        if b"\\u0000" in msgspec.json.encode(file):
            raise Refusal("text_refused")
    except msgspec.ValidationError as error:
        raise _field(str(error)) from None
    except RecursionError:
        raise Refusal("nested_too_deep", most=MAX_DEPTH) from None
    except UnicodeEncodeError:
        raise Refusal("text_refused") from None
    _check_sections(file)
    return file


def placed(file: SettingsFile) -> list[Placed]:
    """Every section, parents before their children."""
    return list(_walk(file.sections, "sections", None, 1))


def _walk(sections: tuple[FileSection, ...], path: str, parent: Key | None, depth: int) -> Iterator[Placed]:
    if sections and depth > MAX_DEPTH:
        raise Refusal("nested_too_deep", field=path, most=MAX_DEPTH)
    for position, section in enumerate(sections):
        here = f"{path}.{position}"
        yield Placed(here, section, parent, position)
        yield from _walk(section.sections, f"{here}.sections", section.key, depth + 1)


def _check_sections(file: SettingsFile) -> None:
    keys: set[Key] = set()
    for each in placed(file):
        section = each.section
        if section.key in keys:
            raise _refused(f"{each.path}.key")
        keys.add(section.key)
        if len(keys) > MAX_SECTIONS:
            raise Refusal("too_many_sections", field="sections", most=MAX_SECTIONS)
        if section.questionnaire is not None and section.settings.kind != "questionnaire":
            raise _refused(f"{each.path}.questionnaire")
        if section.ranking is not None and section.settings.kind != "ranking":
            raise _refused(f"{each.path}.ranking")
        if section.texts and section.settings.kind not in ("articles", "ranking"):
            raise _refused(f"{each.path}.texts")
    for place, phase in enumerate(file.schedule.phases):
        if not set(phase.sections) <= keys:
            raise _refused(f"schedule.phases.{place}.sections")


class _Head(msgspec.Struct, frozen=True):
    """Enough of a file to know what it is."""

    format: str = ""
    version: int = 0


def _require_format(data: bytes) -> None:
    try:
        head = _head(data)
    except msgspec.ValidationError:
        head = _Head()
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Refusal("settings_syntax", line=_line(data)) from None
    if (head.format, head.version) != (FORMAT, VERSION):
        raise Refusal("settings_version", format=FORMAT, version=VERSION)


def _line(data: bytes) -> int:
    try:
        json.loads(data.decode())
    except UnicodeDecodeError as error:
        return data.count(b"\n", 0, error.start) + 1
    except json.JSONDecodeError as error:
        return error.lineno
    except RecursionError:
        pass
    return 1


def _field(message: str) -> Refusal:
    where = _PATH.search(message)
    path = re.sub(r"\[(\d+)\]", r".\1", where.group(1)).lstrip(".") if where else ""
    missing = _MISSING.search(message)
    return _refused(".".join(part for part in (path, missing.group(1) if missing else "") if part))


def _refused(path: str) -> Refusal:
    return Refusal("settings_field", field=path, path=path or "…")


# The names of our own fields and numbers only: what a file says is never repeated.
_PATH: Final = re.compile(r"at `\$((?:\.[a-z_]{1,40}|\[\d{1,6}\]|\[\.\.\.\])+)`")
_MISSING: Final = re.compile(r"missing required field `([a-z_]{1,40})`")
_decode: Final = msgspec.json.Decoder(SettingsFile).decode
_head: Final = msgspec.json.Decoder(_Head).decode
