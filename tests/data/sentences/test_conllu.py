from pathlib import Path

import pytest

from recurra import DataError
from recurra.data.sentences import conllu
from recurra.data.sources import tagged

TREE = (Path(__file__).parents[1] / "samples" / "spanish.conllu").read_text()


def test_conllu(write):
    path = write(TREE, "given.conllu")
    found = tagged.resolve(str(path))["train"]
    assert found.words == [["vamos", "nos"], ["mar"]]
    assert found.labels == {"upos": [["VERB", "PRON"], ["NOUN"]]}
    assert found.names == [f"{path}:3", f"{path}:8"]
    other = conllu.read(path, "word=lemma,pos=xpos,deprel")
    assert other.words[0] == ["ir", "nosotros"]
    assert other.labels == {"pos": [["V1", "P1"], ["N1"]], "deprel": [["root", "obj"], ["root"]]}
    with pytest.raises(DataError, match=r"columns: expected fields of id, form, .* got 'pos'"):
        conllu.read(path, "pos")
    with pytest.raises(DataError, match=r"given.conllu:2: expected 10 fields between tabs, got 2"):
        conllu.read(write("# a\n1\tmar\n", "given.conllu"))
    with pytest.raises(DataError, match=r"given.conllu:3: expected an id such as 1, 1-2 or 1.1, got 'one'"):
        conllu.read(write(TREE.replace("\n1\t", "\none\t", 1), "given.conllu"))
    with pytest.raises(DataError, match=r"given.conllu: expected sentences, found none"):
        conllu.read(write("# a\n", "given.conllu"))


NAMES = """1\tAnn\t_\tX\t_\tCase=Nom|Number=Sing\t0\troot\t_\tSpaceAfter=No|name=B-PER
2\tLee\t_\tX\t_\tNumber=Sing\t0\troot\t_\tname=I-PER
3\twent\t_\tX\t_\t_\t0\troot\t_\t_
"""


def test_attributes_of_conllu_are_labels(write):
    path = write(NAMES, "names.conllu")
    found = conllu.read(path, "misc.name,case=feats.Case,misc.SpaceAfter")
    assert found.labels == {
        "misc.name": [["B-PER", "I-PER", "O"]],  # what is outside of spans is O
        "case": [["Nom", "_", "_"]],
        "misc.SpaceAfter": [["No", "_", "_"]],
    }
    assert found.layout.labels == {"misc.name": "misc.name", "case": "feats.Case", "misc.SpaceAfter": "misc.SpaceAfter"}
    with pytest.raises(DataError, match=r"names.conllu: columns: expected .* the attribute misc.nam, found none"):
        conllu.read(path, "misc.nam")
    for wrong in ("upos.x", "misc.", "name"):
        with pytest.raises(DataError, match=r"columns: expected fields of id, form.* or an attribute such as misc"):
            conllu.read(path, wrong)
