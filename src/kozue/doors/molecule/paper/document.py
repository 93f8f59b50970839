"""The whole sheet: comparison first if there are several molecules, then one molecule after the other."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import kozue
from kozue.doors.molecule.paper.canvas import (
    ACCENT,
    FAINT,
    HEIGHT,
    INK,
    LINE,
    MARGIN,
    MM_PER_INCH,
    WIDTH,
    Page,
    cut,
)
from kozue.doors.molecule.paper.fonts import MISSING_JAPANESE, has_japanese, missing
from kozue.doors.molecule.sheet import Content

if TYPE_CHECKING:
    from kozue.doors.web.language import Texts


class Document:
    """Pages as they are filled.

    Parameters
    ----------
    text : Texts
        Words of the sheet's language.
    """

    def __init__(self, text: Texts) -> None:
        self.text = text
        self.pages: list[Page] = []
        self.running_head = ""

    @property
    def language(self) -> str:
        """``en`` or ``ja``."""
        return str(self.text.language)

    def new_page(self) -> Page:
        """Begin a page; further ones carry the name of what they go on with."""
        from matplotlib.figure import Figure

        page = Page(Figure(figsize=(WIDTH / MM_PER_INCH, HEIGHT / MM_PER_INCH)))
        self.pages.append(page)
        if self.running_head:
            page.text(MARGIN, page.y, self.running_head, 8, FAINT, width=WIDTH - 2 * MARGIN)
            page.line(MARGIN, page.y + 2.2, WIDTH - MARGIN)
            page.y += 10
        return page

    def room(self, height: float) -> Page:
        """Return the page with room for a block: the current one, or a new one."""
        if not self.pages or self.pages[-1].left < height:
            return self.new_page()
        return self.pages[-1]

    def heading(self, words: str, keep: float = 20) -> Page:
        """Write a heading with room for at least the beginning of what follows."""
        page = self.room(keep + 12)
        page.y += 5
        page.text(MARGIN, page.y + 3, words, 12, INK, "bold")
        page.line(MARGIN, page.y + 5.2, WIDTH - MARGIN, ACCENT, 0.9)
        page.y += 10
        return page


def write_pdf(content: Content, language: str) -> tuple[bytes, list[str]]:
    """Draw the sheet.

    Parameters
    ----------
    content : Content
        What was computed.
    language : {"en", "ja"}
        The sheet's language; English where the machine has no Japanese font.

    Returns
    -------
    pdf : bytes
        A4 pages.
    warnings : list of str
        What could not be written as asked.
    """
    from kozue.doors.molecule.paper.comparing import comparison
    from kozue.doors.molecule.paper.profiling import molecule
    from kozue.doors.web.language import Texts

    warnings = []
    if language == "ja" and not has_japanese():
        warnings.append(MISSING_JAPANESE)
        language = "en"
    lost = missing("".join(entry.name for entry in content.entries))
    if lost:
        warnings.append(
            f"No font on this machine has the letters {lost[:40]!r} of a name; they are shown as '?'."
        )
    document = Document(Texts("ja" if language == "ja" else "en"))
    with drawing_rules():
        if len(content.entries) > 1:
            comparison(document, content)
        for entry in content.entries:
            molecule(document, content, entry)
        footers(document, content)
        return save(document), warnings


def footers(document: Document, content: Content) -> None:
    """Write at the foot of every page what made it and which page it is."""
    words = document.text("paper.foot", version=kozue.__version__)
    if content.mode is not None:
        mode = content.mode.label[document.language]
        # Before the rest: where the line is too long for the page, this must not be what is cut.
        words = f"{document.text('paper.mode', mode=mode)} {words}"
    models = ", ".join(content.models)
    for number, page in enumerate(document.pages, 1):
        foot = HEIGHT - MARGIN
        page.line(MARGIN, foot - 4.5, WIDTH - MARGIN, LINE)
        page.text(MARGIN, foot, cut(words, 7, 150), 7, FAINT)
        page.text(WIDTH - MARGIN, foot, f"{number} / {len(document.pages)}", 7, FAINT, align="right")
        if models and number == len(document.pages):
            page.text(
                MARGIN,
                foot + 3.6,
                f"{document.text('paper.models')}: {models}",
                6,
                FAINT,
                width=WIDTH - 2 * MARGIN,
            )


@contextmanager
def drawing_rules() -> Iterator[None]:
    """Draw without the user's own matplotlib settings; letters as outlines, which any reader shows."""
    import matplotlib as mpl

    from kozue.doors.molecule.paper.fonts import families

    rules: dict[str, Any] = {
        "pdf.fonttype": 3,
        "font.family": list(families()),
        "axes.unicode_minus": True,
        "text.usetex": False,
        "text.parse_math": False,
        "svg.hashsalt": "kozue",
    }
    with mpl.rc_context():
        mpl.rcdefaults()
        for name, value in rules.items():
            mpl.rcParams[name] = value  # type: ignore[index]
        yield


def save(document: Document) -> bytes:
    """Return the pages as one PDF without dates, so that equal content gives equal bytes."""
    from matplotlib.backends.backend_pdf import PdfPages

    sink = io.BytesIO()
    about = {
        "Creator": f"Kozue {kozue.__version__}",
        "CreationDate": None,
        "Title": document.text("paper.title"),
    }
    with PdfPages(sink, metadata=about) as pages:
        for page in document.pages:
            pages.savefig(page.figure)
    return sink.getvalue()
