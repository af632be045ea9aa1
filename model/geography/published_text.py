"""Text of published CSV files: compression, byte-order marks and old encodings, before anything is read from it."""

from __future__ import annotations

import csv
import gzip
import io
from pathlib import Path

from model.errors import InputError

LINES_BEFORE_HEADER = 12
"""ONS files open with up to this many lines of title."""


def utf8_content(path: Path) -> bytes:
    """Content of a CSV file, compressed or not, in UTF-8 without a byte-order mark.

    Raises:
        InputError: unreadable, a spreadsheet, an archive, UTF-16, or neither UTF-8 nor Windows-1252.
    """
    try:
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (OSError, EOFError) as error:
        raise InputError(f"{path.name}: cannot be read ({error}); download it again") from None
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise InputError(f"{path.name}: found a spreadsheet or archive, expected CSV text; unpack it or save it as CSV")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in content[:4096]:
        raise InputError(f"{path.name}: found UTF-16 or binary data, expected CSV text in UTF-8; save it as CSV UTF-8")
    content = content.removeprefix(b"\xef\xbb\xbf")
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as unlike_utf8:
        try:
            # Windows-1252 is what older files are written in, for the accents and dashes in practice names.
            content = content.decode("cp1252").encode("utf-8")
        except UnicodeDecodeError as error:
            row = content.count(b"\n", 0, error.start)
            raise InputError(
                f"{path.name}, row {row}: found byte 0x{content[error.start]:02x}, which is neither UTF-8 "
                f"(byte 0x{content[unlike_utf8.start]:02x}) nor Windows-1252; save it as CSV UTF-8"
            ) from None
    return content


def first_lines(text: bytes) -> list[list[str]]:
    """Cells of the first lines; none where there is nothing in them."""
    head = text[:200_000].decode("utf-8", errors="ignore")
    rows = csv.reader(io.StringIO(head))
    lines = []
    for cells in rows:
        lines.append(cells or [""])
        if len(lines) == LINES_BEFORE_HEADER:
            break
    return lines if any(cell.strip() for cells in lines for cell in cells) else []


def has_rows(text: bytes, lines_to_skip: int) -> bool:
    """Whether anything follows the first lines."""
    return any(line.strip(b", \r\n") for line in text.split(b"\n", lines_to_skip)[lines_to_skip:])
