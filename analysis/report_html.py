"""Pieces of an HTML page, every text escaped: tables, figures, tiles and the page itself, which needs nothing beside it."""

from __future__ import annotations

import base64
import html
from collections.abc import Iterable, Sequence
from importlib import resources
from io import BytesIO
from typing import Any

from analysis.page import Page
from runs import style

MOST_SVG = 600_000
"""Bytes of a drawing; larger ones (thousands of shapes) are embedded as dots instead."""
SHARP = 200
"""Dots an inch of those."""


def escaped(text: object) -> str:
    """Any text as HTML shows it."""
    return html.escape(str(text), quote=True)


def element(tag: str, *content: str, **attributes: str) -> str:
    """An element around HTML; attributes are escaped, ``class_`` is class."""
    given = "".join(f' {name.rstrip("_")}="{escaped(value)}"' for name, value in attributes.items() if value)
    return f"<{tag}{given}>{''.join(content)}</{tag}>"


def paragraph(text: str, class_: str = "") -> str:
    """A paragraph of plain text."""
    return element("p", escaped(text), class_=class_)


def table(
    head: Sequence[str], rows: Iterable[Sequence[object]], numbers: Iterable[int] = (), caption: str = "",
    marked: Iterable[int] = (),
) -> str:  # fmt: skip
    """A table of plain text.

    Args:
        head: headings of columns.
        rows: cells of each row.
        numbers: columns that hold numbers, from 0.
        caption: what it shows.
        marked: rows set off, from 0.
    """
    right, set_off = set(numbers), set(marked)

    def cells(tag: str, row: Sequence[object]) -> str:
        scope = {"scope": "col"} if tag == "th" else {}
        return "".join(
            element(tag, escaped(cell), class_="number" if at in right else "", **scope) for at, cell in enumerate(row)
        )

    body = "\n".join(
        element("tr", cells("td", row), class_="other" if at in set_off else "") for at, row in enumerate(rows)
    )
    said = element("caption", escaped(caption)) if caption else ""
    inside = f"{said}<thead>{element('tr', cells('th', head))}</thead>\n<tbody>{body}</tbody>"
    return element("div", element("table", inside), class_="scroll", tabindex="0") + "\n"


def tile(what: str, figure: str, *changes: str) -> str:
    """One number that stands out, and what it is to be seen against."""
    return element(
        "li",
        element("div", escaped(what), class_="what"),
        element("div", escaped(figure), class_="figure"),
        *(element("div", escaped(change), class_="change") for change in changes if change),
    )


def drawing(page: Page, source: str) -> str:
    """A figure without its words, embedded; what it shows is its text alternative, its source its caption."""
    data, kind = _picture(page)
    image = (
        f'<img alt="{escaped(page.title + ". " + page.answer)}" src="data:image/{kind};base64,'
        + base64.b64encode(data).decode()
        + '">'
    )
    return element("figure", image, element("figcaption", escaped(source)))


def whole(title: str, header: str, main: str, footer: str) -> str:
    """The complete page: no script, nothing fetched."""
    css = resources.files("analysis").joinpath("report.css").read_text(encoding="utf-8")
    return f"""<!DOCTYPE html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>{escaped(title)}</title>
<style>
{css}</style>
</head>
<body>
<header class="page"><div>
{header}
</div></header>
<main>
{main}
</main>
<footer class="page">
{footer}
</footer>
</body>
</html>
"""


def _picture(page: Page) -> tuple[bytes, str]:
    box: Any = page.body_alone()
    with style.look():
        drawn = BytesIO()
        page.figure.savefig(drawn, format="svg", bbox_inches=box, metadata={"Date": None})
        if len(drawn.getvalue()) <= MOST_SVG:
            return drawn.getvalue(), "svg+xml"
        dots = BytesIO()
        page.figure.savefig(
            dots, format="png", dpi=SHARP, bbox_inches=box, facecolor="white", metadata={"Software": ""}
        )
        return dots.getvalue(), "png"
