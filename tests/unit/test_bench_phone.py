"""The bench of phones: what is beyond a limit, and what it says without its browser."""

import pytest

from bench import phone


def test_what_is_beyond_its_limit_is_named() -> None:
    figures: dict[str, float | str] = {
        "lcp_ms_home": 1800.0, "lcp_ms_help": 1800.1, "interaction_ms_home": 208.0, "kilobytes_home": 149.9,
        "kilobytes_sections": 151.0, "load_average": 9000.0, "data": "real",
    }  # fmt: skip
    assert phone.beyond(figures) == ["lcp_ms_help", "interaction_ms_home", "kilobytes_sections"]


def test_a_figure_beyond_its_limit_is_marked(capsys: pytest.CaptureFixture[str]) -> None:
    phone._print({"lcp_ms_home": 1900.0, "interaction_ms_home": 8.0, "kilobytes_home": 60.0, "load_average": 0.1})
    shown = capsys.readouterr().out
    assert "1900.0 !" in shown
    assert shown.count("!") == 1


def test_without_chromium_it_says_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)
    assert phone.main([]) == 2
    assert "Chromium n’est pas installé" in capsys.readouterr().err
