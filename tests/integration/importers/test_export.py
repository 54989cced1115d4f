"""The export command against a small gateway of our own: whole or not at all, and counted from the files."""

import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy import export
from deploy.errors import Stopped

BASE = "/open-data/consultations"
ID = "6b1f7a52-6f2e-4a39-9a3c-3f0a5f7d2c11"
DOCUMENT = {"id": ID, "slug": "petite"}
FILES = {
    "contributions.csv": 'id,kind,state,body\r\n1,opinion,published,"deux\r\nlignes"\r\n2,proposal,withdrawn,\r\n',
    "contributions.jsonl": '{"id":"1"}\n{"id":"2"}\n',
    "arguments.csv": "id,side,state\r\n3,for,published\r\n4,against,published\r\n5,for,published\r\n",
    "arguments.jsonl": "{}\n{}\n{}\n",
    "sources.csv": "id,state\r\n",
    "sources.jsonl": "",
    "tallies.csv": "contribution_id,origin,choice,votes\r\n1,cast,agree,2\r\n1,imported,agree,40\r\n2,cast,agree,3\r\n",
    "tallies.jsonl": "{}\n{}\n{}\n",
}


class Gateway:
    """Answers with ``files``; a path may have a list of answers, one for each time it is asked."""

    def __init__(self) -> None:
        self.answers: dict[str, list[bytes | int]] = {
            f"{BASE}/petite": [json.dumps(DOCUMENT).encode()],
            f"{BASE}/{ID}": [json.dumps(DOCUMENT).encode()],
            **{f"{BASE}/{ID}/{name}": [content.encode()] for name, content in FILES.items()},
        }
        self.cut: set[str] = set()
        self.origin = ""

    def answer(self, path: str) -> bytes | int:
        left = self.answers.get(path, [404])
        return left.pop(0) if len(left) > 1 else left[0]


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    made = Gateway()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = made.answer(self.path)
            if isinstance(answer, int):
                self.send_error(answer)
                return
            self.send_response(200)
            self.send_header("content-length", str(len(answer) + (self.path in made.cut)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        made.origin = f"http://127.0.0.1:{server.server_address[1]}"
        yield made
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("name", ["petite", ID])
def test_a_whole_export(gateway: Gateway, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    out = tmp_path / "a" / "b"
    assert export.run(gateway.origin, name, out, True) == 0
    assert {path.name: path.read_bytes().decode() for path in out.iterdir()} == FILES
    assert json.loads(capsys.readouterr().out) == {
        "consultation": ID,
        "slug": "petite",
        "folder": str(out),
        "opinions": 1,
        "proposals": 1,
        "articles": 0,
        "arguments": 3,
        "arguments_for": 2,
        "arguments_against": 1,
        "sources": 0,
        "withdrawn": 1,
        "votes_cast": {"agree": 5},
        "votes_imported": {"agree": 40},
    }


def test_a_person_is_told_the_same(gateway: Gateway, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert export.run(gateway.origin, "petite", tmp_path, False) == 0
    told = capsys.readouterr().out
    assert "pour / for" in told
    assert "votes importés" in told


def test_an_unknown_consultation(gateway: Gateway, tmp_path: Path) -> None:
    with pytest.raises(Stopped, match="no consultation “autre”"):
        export.run(gateway.origin, "autre", tmp_path, True)


def test_a_gateway_that_is_away(tmp_path: Path) -> None:
    with pytest.raises(Stopped, match="does not answer"):
        export.run("http://127.0.0.1:1", "petite", tmp_path, True)


def test_a_file_that_is_cut_leaves_what_was_there(gateway: Gateway, tmp_path: Path) -> None:
    (tmp_path / "contributions.csv").write_text("before")
    gateway.cut.add(f"{BASE}/{ID}/tallies.jsonl")
    with pytest.raises(Stopped, match="not to the end"):
        export.run(gateway.origin, "petite", tmp_path, True)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("contributions.csv", "before")]


def test_a_refusal_of_the_gateway(gateway: Gateway, tmp_path: Path) -> None:
    gateway.answers[f"{BASE}/{ID}/sources.csv"] = [503]
    with pytest.raises(Stopped, match="answered 503"):
        export.run(gateway.origin, "petite", tmp_path, True)
    assert not list(tmp_path.iterdir())


def test_a_consultation_that_changes_is_fetched_again(gateway: Gateway, tmp_path: Path) -> None:
    whole = FILES["arguments.jsonl"].encode()
    gateway.answers[f"{BASE}/{ID}/arguments.jsonl"] = [b"{}\n", whole]
    assert export.run(gateway.origin, "petite", tmp_path, True) == 0
    assert (tmp_path / "arguments.jsonl").read_bytes() == whole


def test_files_that_never_agree_are_refused(gateway: Gateway, tmp_path: Path) -> None:
    gateway.answers[f"{BASE}/{ID}/arguments.jsonl"] = [b"{}\n"]
    with pytest.raises(Stopped, match="differ in number of rows"):
        export.run(gateway.origin, "petite", tmp_path, True)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_made(gateway: Gateway, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Stopped, match="cannot be made"):
        export.run(gateway.origin, "petite", tmp_path / "file", True)
