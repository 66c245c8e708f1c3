import hashlib

from recurra.data.sources.catalogue import NAMED


def test_every_download_is_checked_by_a_hash():
    remotes = [file for data in NAMED.values() for file in data.files]
    assert remotes
    for file in remotes:
        algorithm, digest = file.hash.split(":")
        assert len(digest) == 2 * hashlib.new(algorithm).digest_size
        assert file.url.startswith("https://")


def test_every_named_set_says_what_it_is_and_what_for():
    from recurra.tasks import TASKS

    for data in NAMED.values():
        assert data.about
        assert data.job in TASKS


def test_a_data_set_that_is_a_part_of_another_lies_in_its_folder():
    parts = {name: data.folder for name, data in NAMED.items() if "/" in name}
    assert parts
    assert parts == {name: name.partition("/")[0] for name in parts}
