import pytest

from recurra.serve.protection.open_paths import is_open


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/", True),
        ("/health", True),
        ("/page/app.js", True),
        ("/v1/reports/0f", True),
        ("/v1/models", False),
        ("/v1/reports", False),
        ("/metrics", False),
        ("//", False),
        ("/health/", False),
        ("/pages", False),
        ("", False),
        ("/openapi.json", False),
    ],
)
def test_all_paths_need_a_key_but_those_of_the_page_of_health_and_of_reports(path, expected):
    assert is_open(path) is expected
