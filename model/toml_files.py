"""TOML files that people write: read, or refused in one line with what to write instead."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from model.errors import InputError

_BACKSLASH = re.compile(r'=.*"[^"]*\\')
_DATE = re.compile(r"=[^\"'#]*\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4}")


def read_toml(path: Path) -> dict[str, Any]:
    """Tables of a file, with or without a byte order mark.

    Raises:
        InputError: it cannot be read, is not UTF-8 or not TOML.
    """
    try:
        text = path.read_text("utf-8-sig")
        return tomllib.loads(text)
    except UnicodeDecodeError:
        raise InputError(f"{path}: not UTF-8 text; save it as UTF-8") from None
    except OSError as failure:
        raise InputError(f"{path}: cannot be read ({failure.strerror})") from None
    except tomllib.TOMLDecodeError as mistake:
        raise InputError(f"{path}: not valid TOML: {mistake}{_remedy(text, str(mistake))}") from None


def _remedy(text: str, mistake: str) -> str:
    """What to write where the line of a mistake shows what was meant; empty where it does not."""
    at = re.search(r"\(at line (\d+),", mistake)
    lines = text.split("\n")
    line = lines[int(at[1]) - 1] if at and int(at[1]) <= len(lines) else ""
    if _BACKSLASH.search(line):
        return r"; write text with a \ in it, such as a path, in single quotes: 'C:\data\region'"
    return "; write dates as 2022-04-01" if _DATE.search(line) else ""
