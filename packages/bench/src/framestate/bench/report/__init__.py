"""From results to one page: a pure function, the same bytes for the same results."""

from framestate.bench.report.markdown import markdown
from framestate.bench.report.page import html

__all__ = ["html", "markdown"]
