import pytest

from recurra.serve.protection.request_id import id_of


def test_a_harmless_id_of_the_client_is_taken_over():
    assert id_of({"headers": [(b"x-request-id", b"job-7.a_B")]}) == "job-7.a_B"


@pytest.mark.parametrize("sent", [b"", b"a b", b"a\nb", b"a" * 129, "é".encode(), b'a"'])
def test_any_other_is_not(sent):
    made = id_of({"headers": [(b"x-request-id", sent)]})
    assert len(made) == 32
    assert made != id_of({"headers": []})
