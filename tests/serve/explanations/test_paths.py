import json

import pytest

from recurra.serve.explanations.paths import without_folders, without_paths


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/srv/data/a.csv:3: expected a number", "a.csv:3: expected a number"),
        ("the data of '/srv/runs/demo', found none", "the data of 'demo', found none"),
        ("~/runs/demo and ../data/x.tsv", "demo and x.tsv"),
        ("expected 3/4 of 5 km/h, see https://example.org/a/b", "expected 3/4 of 5 km/h, see https://example.org/a/b"),
        ("a / b", "a / b"),
    ],
)
def test_of_a_path_in_a_message_its_last_part_is_left(text, expected):
    assert without_paths(text) == expected


def test_known_folders_are_left_out_of_any_text(tmp_path):
    run, data = str(tmp_path / "with space" / "demo"), str(tmp_path / "größe" / "text.txt")
    text = json.dumps([f"{run} learnt from {data}", "not / a path"], ensure_ascii=False)
    assert json.loads(without_folders(text, [run, data])) == ["demo learnt from text.txt", "not / a path"]


def test_a_link_to_a_folder_is_known_by_both_names(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    text = f"{tmp_path}/link/a.csv {tmp_path}/real/a.csv"
    assert without_folders(text, [str(tmp_path / "link" / "a.csv")]) == "a.csv a.csv"


def test_a_data_set_is_no_file():
    assert without_folders("python-docs in /srv", ["python-docs"]) == "python-docs in /srv"
