"""Matplotlib figures as SVG text for reports and pages."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_METADATA = re.compile(r"<metadata>.*?</metadata>", re.DOTALL)


def as_svg(figure: Figure) -> str:
    """Return a figure as an ``<svg>`` element without background.

    The same values give the same bytes: the identifiers have a fixed salt, and there is no date. Letters stay text. The
    description that names the drawing program and foreign hosts is left out.
    """
    from matplotlib import rc_context

    out = io.StringIO()
    with rc_context({"svg.hashsalt": "kozue", "svg.fonttype": "none"}):
        figure.savefig(out, format="svg", transparent=True, metadata={"Date": None})
    text = out.getvalue()
    return _METADATA.sub("", text[text.index("<svg") :])
