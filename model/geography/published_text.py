"""Text of published CSV files: compression, byte-order marks and old encodings, before anything is read from it."""

from __future__ import annotations

import csv
import gzip
import io
import itertools
import zlib
from pathlib import Path

from model.errors import InputError

LINES_BEFORE_HEADER = 12
"""ONS files open with up to this many lines of title."""
GZIP = b"\x1f\x8b"
"""How a compressed file begins, whatever it is called."""


def utf8_content(path: Path) -> bytes:
    """Content of a CSV file, compressed or not, in UTF-8 without a byte-order mark, its lines ended as usual.

    Raises:
        InputError: unreadable, a spreadsheet, an archive, UTF-16, or neither UTF-8 nor Windows-1252.
    """
    try:
        content = path.read_bytes()
        if path.suffix.lower() == ".gz" or content.startswith(GZIP):
            content = gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
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
    # Older spreadsheets for the Mac end lines with a carriage return alone, and files put together mix both ends.
    return content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def first_lines(text: bytes) -> list[list[str]]:
    """Cells of the first lines; none where there is nothing in them."""
    head = text[:200_000].decode("utf-8", errors="ignore")
    try:
        lines = [cells or [""] for cells in itertools.islice(csv.reader(io.StringIO(head)), LINES_BEFORE_HEADER)]
    except csv.Error:
        # A quotation mark that is not closed makes one cell of too much: told with its row once rows are read.
        lines = [line.split(",") for line in head.split("\n", LINES_BEFORE_HEADER)[:LINES_BEFORE_HEADER]]
    return lines if any(cell.strip() for cells in lines for cell in cells) else []


def has_rows(text: bytes, lines_to_skip: int) -> bool:
    """Whether anything follows the first lines."""
    return any(line.strip(b", \r\n") for line in text.split(b"\n", lines_to_skip)[lines_to_skip:])
