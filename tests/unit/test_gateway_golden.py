"""The gateway reads the golden messages of the contracts, and believes nobody whose key it was not given."""

import base64
import dataclasses
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contracts import events
from contracts.events import InvalidMessage, unseal
from gateway.facts import NotPublic, rows_of
from gateway.keys import InvalidKeys, verifiers

MESSAGES = json.loads((Path(events.__file__).parent / "vectors" / "events.json").read_text())["messages"]
RAW = Ed25519PrivateKey.from_private_bytes(bytes(range(32))).public_key().public_bytes_raw()


def trusted(folder: Path, key_id: str) -> Path:
    file = folder / "keys"
    file.write_text(f"# the producer\n\n{key_id} {base64.b64encode(RAW).decode()}\n")
    return file


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message["subject"])
def test_golden_messages_become_rows_when_they_are_public(tmp_path: Path, message: dict[str, object]) -> None:
    keys = verifiers(trusted(tmp_path, "test-key"))
    event = unseal(str(message["subject"]), str(message["body"]).encode(), message["headers"], keys)  # type: ignore[arg-type]
    if str(message["subject"]).startswith("public."):
        rows = rows_of([event])
        assert sum(len(getattr(rows, part.name)) for part in dataclasses.fields(rows)) == 1
    else:
        with pytest.raises(NotPublic):
            rows_of([event])


def test_a_key_under_another_name_is_not_believed(tmp_path: Path) -> None:
    message = MESSAGES[-1]
    with pytest.raises(InvalidMessage) as refused:
        unseal(message["subject"], message["body"].encode(), message["headers"], verifiers(trusted(tmp_path, "other")))
    assert refused.value.reason == "key"


@pytest.mark.parametrize("content", ["", "# nothing", "one-word", "id not-base64!", "id AAAA"])
def test_a_wrong_file_of_keys_gets_a_sentence(tmp_path: Path, content: str) -> None:
    file = tmp_path / "keys"
    file.write_text(content)
    with pytest.raises(InvalidKeys, match="trusted keys"):
        verifiers(file)
