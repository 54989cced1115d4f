"""Decidim: proposals, debates, threads of comments, answers; older and newer columns."""

from pathlib import Path

import pytest

from consultation_service.importers import decidim
from consultation_service.importers.batch import Batch, Options, Report
from consultation_service.importers.errors import SourceUnusable
from tests.real_data import real_data

AT = "2019-01-17 10:38:20 +0100"
PROPOSALS = f"""id;category/name/fr;title;body;votes;created_at;url
1;Écologie;Des arbres;"<p>Plantons&nbsp;: des <b>arbres</b></p><p>partout</p>";3;{AT};https://a.example/proposals/1
2;;Sans catégorie;Oui;0;{AT};https://a.example/proposals/2
3;;Sans adresse;Oui;0;{AT};
4;;Faux nombre;Oui;beaucoup;{AT};https://a.example/proposals/4
5;;Faux jour;Oui;1;hier;https://a.example/proposals/5
6;;Même adresse;Oui;1;{AT};https://a.example/proposals/2
"""
NEWER = f"""id;category/name;title/fr;body/fr;author/id;state;answer;answered_at;endorsements/total_count;is_amend;withdrawn;created_at;url
1;;Une idée;Oui;7;accepted;<p>D’accord</p>;{AT};5;false;;{AT};https://a.example/proposals/1
2;;Retirée;Mon texte;8;withdrawn;;;0;false;true;{AT};https://a.example/proposals/2
"""  # noqa: E501  a header is one line
DEBATES = f"id;title/fr;description/fr;created_at;url\n9;Que faire ?;<p>Dites</p>;{AT};https://a.example/debates/9\n"
HEADER = (
    "id;created_at;body;author/id;author/name;alignment;depth;commentable_id;commentable_type;root_commentable_url\n"
)
DEBATE, COMMENT = "Decidim::Debates::Debate", "Decidim::Comments::Comment"
URL = "https://a.example/debates/9"
COMMENTS = HEADER + "".join(
    f"{n};{AT};Texte {n};a-{n};;{alignment};{depth};{about};{kind};{URL}\n"
    for n, alignment, depth, about, kind in [
        (11, 0, 1, 10, COMMENT), (10, 0, 0, 9, DEBATE), (12, -1, 0, 9, DEBATE), (13, 1, 1, 12, COMMENT),
        (14, 0, 2, 11, COMMENT), (15, 0, 3, 14, COMMENT), (16, 0, 4, 15, COMMENT), (17, 0, 0, 99, COMMENT),
        (10, 0, 0, 9, DEBATE), (18, 5, 0, 9, DEBATE),
    ]
)  # fmt: skip


def read(folder: Path, **files: str) -> tuple[Batch, Report]:
    for name, content in files.items():
        (folder / f"{name}.csv").write_text(content, encoding="utf-8")
    report = Report()
    return decidim.read(folder, Options(), report, lambda: None), report


def test_proposals_go_by_category_with_their_votes(tmp_path: Path) -> None:
    batch, report = read(tmp_path, proposals=PROPOSALS)
    one, two = batch.contributions
    assert (one.title, one.body, one.kind, one.scale) == (
        "Des arbres", "Plantons : des arbres\n\npartout", "proposal", "support",
    )  # fmt: skip
    assert batch.tallies == {one.id: {"total": 3}, two.id: {"total": 0}}
    assert [section.title for section in batch.consultation.sections] == ["Écologie", decidim.OTHERS]
    assert [(r.line, r.code) for r in report.refused] == [(4, "missing"), (5, "number"), (6, "date"), (7, "duplicate")]


def test_newer_exports_have_authors_answers_and_withdrawals(tmp_path: Path) -> None:
    batch, report = read(tmp_path, proposals=NEWER)
    taken_up, withdrawn = batch.contributions
    assert report.refused == []
    assert taken_up.author is not None
    assert (withdrawn.state, withdrawn.title, withdrawn.body, withdrawn.author) == ("withdrawn", "", "", None)
    (answer,) = batch.answers
    assert (answer.contribution_id, answer.status, answer.body) == (taken_up.id, "taken_up", "D’accord")
    assert batch.tallies[taken_up.id] == {"total": 5}


def test_comments_keep_their_thread(tmp_path: Path) -> None:
    batch, report = read(tmp_path, debates=DEBATES, comments_debates=COMMENTS)
    by_text = {c.body: c for c in batch.contributions}
    (debate,) = (c for c in batch.contributions if c.kind == "opinion")
    assert (debate.title, debate.body, debate.author) == ("Que faire ?", "Dites", None)
    against = by_text["Texte 12"]
    assert (against.kind, against.side, against.parent_id) == ("argument", "against", debate.id)
    reply = by_text["Texte 13"]
    assert (reply.kind, reply.side, reply.parent_id, reply.depth) == ("comment", None, against.id, 0)
    assert [by_text[f"Texte {n}"].depth for n in (10, 11, 14, 15, 16)] == [0, 1, 2, 3, 3]
    assert by_text["Texte 16"].parent_id == by_text["Texte 15"].parent_id
    ids = [c.id for c in batch.contributions]
    assert all(c.parent_id is None or ids.index(c.parent_id) < ids.index(c.id) for c in batch.contributions)
    assert sorted((r.line, r.code) for r in report.refused) == [(9, "unknown"), (10, "duplicate"), (11, "choice")]


def test_a_folder_without_proposals_or_debates(tmp_path: Path) -> None:
    with pytest.raises(SourceUnusable, match="Neither"):
        read(tmp_path, comments_debates=COMMENTS)


def test_the_real_export_of_lille() -> None:
    report = Report()
    batch = decidim.read(real_data("mel-decidim"), Options(), report, lambda: None)
    assert {name: report.taken[name] for name in ("proposals", "imported_support", "debates")} == {
        "proposals": 196, "imported_support": 498, "debates": 29,
    }  # fmt: skip
    assert report.taken["comments"] + report.taken["arguments"] == 693
    assert {(r.file, r.code) for r in report.refused} == {("comments_proposals_nancy.csv", "unknown")}
    assert len(report.refused) == 44
    assert len({c.author for c in batch.contributions if c.author}) == 118
