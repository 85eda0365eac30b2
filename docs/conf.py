"""Settings of the site: `nox -s docs` builds it into site/, offline."""

project = "framestate"
author = "The framestate developers"
copyright = author  # noqa: A001 - Sphinx reads this very name
extensions = ["myst_parser"]
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3
html_theme = "furo"
html_title = "framestate"
exclude_patterns = ["_build"]
