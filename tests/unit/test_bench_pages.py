"""The bench of pages: the data it makes when the real ones are not there, and what it says without its tool."""

import csv
from pathlib import Path

import pytest

from bench import library, pages
from consultation_service.importers import republique_numerique
from consultation_service.importers.batch import Options, Report


def test_made_data_are_as_many_as_the_real_ones_and_none_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library, "LAW", tmp_path / "nowhere")
    folder, origin = library.law(tmp_path)
    assert origin == "made"
    with (folder / "arguments.csv").open(encoding="utf-8", newline="") as file:
        assert len(list(csv.DictReader(file))) == 4000
    report = Report()
    options = Options(slug="mesure", title=None, organiser=None, language=None)
    batch = republique_numerique.read(folder, options, report, lambda *_: None)
    kinds = [contribution.kind for contribution in batch.contributions]
    assert (kinds.count("proposal") + kinds.count("opinion"), kinds.count("argument")) == (696, 4000)
    assert not report.refused


def test_without_wrk_it_says_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)
    assert pages.main([]) == 2
    assert "wrk n’est pas installé" in capsys.readouterr().err


def test_a_wrong_answer_under_load_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    class Done:
        stdout = "  Non-2xx or 3xx responses: 12\nRequests/sec:   9000.00\n"

    monkeypatch.setattr(pages.subprocess, "run", lambda *_, **__: Done())  # type: ignore[attr-defined]
    with pytest.raises(RuntimeError, match="Non-2xx"):
        pages.reads_per_second(1, "/", 1, {})
