import pytest

from recurra.serve.protection.uploads import upload_of


@pytest.mark.parametrize("path", ["/v1/runs/demo/files", "/sessions/import"])
def test_paths_that_take_files_are_known(path):
    assert upload_of(path) is not None


@pytest.mark.parametrize(
    "path", ["/v1/completions", "/v1/runs/a/b/files", "/x/sessions/import", "/sessions/import/", ""]
)
def test_all_others_take_json(path):
    assert upload_of(path) is None


def test_a_file_must_be_of_a_type_that_its_path_takes():
    upload = upload_of("/v1/runs/demo/files")
    assert all(upload.takes(each) for each in ("multipart/form-data", "audio/wav", "video/webm"))
    assert not any(upload.takes(each) for each in ("application/json", "text/plain", "audio", ""))
