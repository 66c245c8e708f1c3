"""Runs the course without the site: `python -m course_builder FOLDER` fills a folder as `site.build` does."""

import sys
from pathlib import Path

from course_builder.site import build

if __name__ == "__main__":
    build(Path(sys.argv[1]))
