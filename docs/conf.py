"""The documentation as a site: `make docs`."""

import sys
from pathlib import Path

from recurra import __version__

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent / "course")]

project = "Recurra"
author = copyright = "The Recurra authors"
release = version = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode"]
extensions += ["course_builder.site", "course_builder.mathml", "docstring_tables"]
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3
html_math_renderer = "mathml"
nitpicky = False  # types of PyTorch and NumPy have no pages here

html_theme = "furo"
html_title = f"Recurra {release}"
html_static_path = ["static"]
html_css_files = ["course.css"]

default_role = "code"  # `x` in a docstring is code
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_default_options = {"members": True, "show-inheritance": True}
napoleon_google_docstring = True
napoleon_numpy_docstring = False
