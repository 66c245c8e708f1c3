import re
from pathlib import Path

import pytest

from recurra.serve.course.chapters import chapters

COURSE = Path(__file__).parents[3] / "docs" / "course"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_they_are_those_of_the_documentation(language):
    files = sorted((COURSE / language).glob("[0-9]-*.md"))
    assert list(chapters(language)) == [file.stem for file in files]
    for file in files:
        chapter = chapters(language)[file.stem]
        text = file.read_text()
        assert text.startswith(f"# {chapter.title}\n")
        assert chapter.html.count('<pre class="code"') >= len(re.findall(r"^```\w*$", text, re.MULTILINE)) / 2
        assert "<!--" not in chapter.html
        assert "```" not in chapter.html
        assert chapter.html.count("<details>") == chapter.html.count("</details>") >= 1
        assert chapter.html.count("<math") > 0 or "$" not in text
