from __future__ import annotations

from matplotlib.figure import Figure

from kozue.core.svg import as_svg


def drawn():
    figure = Figure(figsize=(2, 2))
    figure.subplots().plot([1, 2, 3], label="a line")
    return figure


def test_the_same_figure_is_the_same_text_and_names_no_host():
    text = as_svg(drawn())
    assert text == as_svg(drawn())
    assert text.startswith("<svg")
    assert "<metadata>" not in text and "matplotlib.org" not in text
