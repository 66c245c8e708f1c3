"""The documentation as a site: `make docs`."""

from recurra import __version__

project = "Recurra"
author = copyright = "The Recurra authors"
release = version = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode"]
myst_heading_anchors = 3
nitpicky = False  # types of PyTorch and NumPy have no pages here

html_theme = "furo"
html_title = f"Recurra {release}"

default_role = "code"  # `x` in a docstring is code
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_default_options = {"members": True, "show-inheritance": True}
napoleon_google_docstring = True
napoleon_numpy_docstring = False
