"""The corpus of personal data in free text is what its README says: well formed, balanced, invented."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

Rows = list[dict[str, Any]]
CORPUS = Path(__file__).resolve().parents[1] / "data" / "personal_data"
KINDS = {"email", "disguised_email", "phone", "nir", "iban", "siret", "address", "plate"}
KINDS |= {"handle", "birth_date", "name"}
RESERVED_PHONES = ("019900", "026191", "035301", "046571", "053649", "063998")  # ARCEP: numbers for works of fiction
RESERVED_DOMAIN = re.compile(r"(?:^|\.)(?:exemple\.fr|example\.(?:com|net|org)|example)$")
SPELLED_START = "zéro six trente-neuf quatre-vingt-dix-huit"  # 06 39 98


def sentences(name: str) -> Rows:
    return [json.loads(line) for line in (CORPUS / f"{name}.jsonl").read_text("utf-8").splitlines()]


DEVELOPMENT, MEASURING = sentences("development"), sentences("measuring")
EVERYTHING = DEVELOPMENT + MEASURING
both_files = pytest.mark.parametrize(("prefix", "half"), [("d", DEVELOPMENT), ("m", MEASURING)])


def items(kind: str, rows: Rows = EVERYTHING) -> list[str]:
    return [item["text"] for row in rows for item in row["items"] if item["kind"] == kind]


def digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def luhn(number: str) -> bool:
    """True when the digits of `number` end with a right Luhn key (ISO/IEC 7812-1)."""
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(number)))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def national(phone: str) -> str:
    """The ten digits of a French number, however it is written; 262 639 is Mayotte's way of writing 0639."""
    return "0" + re.sub(r"^(?:(?:00)?33|(?:00)?262)?0?", "", digits(phone))


@both_files
def test_each_line_is_a_sentence_with_its_own_number(prefix: str, half: Rows) -> None:
    assert [row["id"] for row in half] == [f"{prefix}-{number:03d}" for number in range(1, len(half) + 1)]
    for row in half:
        assert set(row) == {"id", "text", "items"}
        assert row["text"].strip() == row["text"] != ""


@both_files
def test_each_half_is_large_half_clean_and_holds_every_kind(prefix: str, half: Rows) -> None:
    assert len(half) >= 320
    assert 0.45 <= sum(not row["items"] for row in half) / len(half) <= 0.55
    counts = Counter(item["kind"] for row in half for item in row["items"])
    assert set(counts) == KINDS
    assert min(counts.values()) >= 8, counts


def test_the_readme_gives_the_right_counts() -> None:
    readme = (CORPUS / "README.md").read_text("utf-8")
    for kind in KINDS:
        ending = rf"\| {len(items(kind, DEVELOPMENT))} \| {len(items(kind, MEASURING))} \|$"
        assert re.search(rf"^\| `{kind}` \|.*{ending}", readme, re.MULTILINE), kind
    for name, half in (("development", DEVELOPMENT), ("measuring", MEASURING)):
        clean = sum(not row["items"] for row in half)
        assert re.search(rf"^\| `{name}\.jsonl` \|.*\| {len(half)} \| {clean} \|$", readme, re.MULTILINE), name


def test_items_are_exact_substrings_that_do_not_overlap() -> None:
    for row in EVERYTHING:
        rest = row["text"]
        for item in sorted(row["items"], key=lambda item: -len(item["text"])):
            assert item["text"].strip() == item["text"] != "", row["id"]
            assert item["text"] in rest, row["id"]
            rest = rest.replace(item["text"], "\0", 1)


def test_no_sentence_comes_twice_even_with_other_numbers() -> None:
    shapes = Counter(" ".join(re.sub(r"\d+", "0", row["text"]).casefold().split()) for row in EVERYTHING)
    assert [shape for shape, times in shapes.items() if times > 1] == []


def test_no_item_comes_in_both_halves() -> None:
    marked = [{item["text"].casefold() for row in half for item in row["items"]} for half in (DEVELOPMENT, MEASURING)]
    assert marked[0] & marked[1] == set()


def test_nir_keys_are_right() -> None:
    for nir in items("nir"):
        compact = re.sub(r"[^0-9AB]", "", nir.replace("clé", "")).replace("2A", "19").replace("2B", "18")
        assert len(compact) in (13, 15), nir
        assert compact[0] in "12", nir
        if len(compact) == 15:
            assert 97 - int(compact[:13]) % 97 == int(compact[13:]), nir


def test_iban_keys_are_right() -> None:
    lengths = {"FR": 27, "DE": 22, "BE": 16, "LU": 20, "ES": 24}
    for iban in items("iban"):
        compact = re.sub(r"[^0-9A-Z]", "", iban.upper())
        assert len(compact) == lengths[compact[:2]], iban
        assert int("".join(str(int(sign, 36)) for sign in compact[4:] + compact[:4])) % 97 == 1, iban


def test_siret_and_siren_keys_are_right() -> None:
    for siret in items("siret"):
        number = digits(siret)
        assert len(number) in (9, 14), siret
        assert luhn(number[:9]), siret
        assert luhn(number), siret


def test_telephones_are_in_the_ranges_kept_for_fiction() -> None:
    for phone in items("phone"):
        if not digits(phone):
            assert phone.startswith(SPELLED_START), phone
            continue
        assert len(national(phone)) == 10, phone
        assert national(phone).startswith(RESERVED_PHONES), phone


def test_addresses_on_the_net_are_in_reserved_domains() -> None:
    for email in items("email"):
        assert RESERVED_DOMAIN.search(email.casefold().rsplit("@", 1)[1]), email
    for email in items("disguised_email"):
        assert re.search(r"exemple\W*(?:\w+\W*)?fr$|example$", email.casefold()), email
    for row in EVERYTHING:
        for host in re.findall(r"(?:https?://|\w@)([\w.-]+\w)", row["text"].casefold()):
            assert RESERVED_DOMAIN.search(host) or host == "exemple", (row["id"], host)


def test_nothing_that_is_plainly_an_address_is_left_unmarked() -> None:
    for row in EVERYTHING:
        rest = row["text"]
        for item in row["items"]:
            rest = rest.replace(item["text"], " ")
        assert not re.search(r"\w@\w|(?<!\d)0[1-7](?:[ .-]?\d\d){4}(?!\d)", rest), row["id"]
