"""Columns a published layout may have, under a name with a slip in it: not to be passed over as columns nobody reads."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from itertools import product

from model.errors import InputError

ALIKE = 0.82
"""Likeness of two words from which one is taken for the other misspelt; FEMALE and MALE are 0.8."""


def refuse_misspelt(
    file: str, header: Sequence[str], names: Sequence[str], columns: Mapping[str, int], optional: Mapping[str, str]
) -> None:
    """Refuse a column that looks like an optional one that is not there.

    Args:
        file: what the message names.
        header: columns as published.
        names: the same in capitals.
        columns: position of each column that was recognised, by role.
        optional: patterns of the names of optional columns, by role.

    Raises:
        InputError: there is one.
    """
    found = misspelt(names, columns, optional)
    if found:
        position, known = found
        raise InputError(
            f"{file}, header: found column {header[position]!r}, expected {known}, which it looks like, or another name; "
            f"rename it to {known}, or take it out"
        )


def misspelt(names: Sequence[str], columns: Mapping[str, int], optional: Mapping[str, str]) -> tuple[int, str] | None:
    """Position of such a column and the name it looks like; see :func:`refuse_misspelt`."""
    absent = [name for role, pattern in optional.items() if role not in columns for name in named(pattern)]
    for position, name in enumerate(names):
        if position not in columns.values() and name:
            for known in absent:
                if _like(re.sub(r"\d", "0", name), known):
                    return position, _with_digits(known, name)
    return None


def named(pattern: str) -> list[str]:
    """The names a pattern of column names stands for, every digit a 0 and without what may follow a name."""
    pattern = re.sub(r"\\d\{(\d)\}", lambda times: "0" * int(times[1]), pattern).replace(r"\d*", "").replace(".*", "")
    parts = re.findall(r"\([^)]*\)\??|[^(|]\?|[^(|]|\|", pattern.replace(r"\d", "0"))
    names: list[str] = []
    choices: list[list[str]] = []
    for part in [*parts, "|"]:
        if part == "|":
            names += ["".join(chosen) for chosen in product(*choices)]
            choices = []
        else:
            inside = part.rstrip("?").strip("()").split("|")
            choices.append([*inside, ""] if part.endswith("?") else inside)
    return list(dict.fromkeys(names))


def _like(name: str, known: str) -> bool:
    """Whether a name is another with a slip in one of its words, or with its words run together or apart."""
    if name.replace("_", "") == known.replace("_", ""):
        return name != known
    words, meant = name.split("_"), known.split("_")
    if len(words) != len(meant):
        return False
    differing = [(word, other) for word, other in zip(words, meant, strict=True) if word != other]
    if len(differing) != 1:
        return False
    word, other = differing[0]
    # Codes of places differ by a letter as MSOA11CD and LSOA11CD do, or by one at the end: a slip drops or doubles one.
    if "0" in other and (len(word) == len(other) or word.startswith(other) or other.startswith(word)):
        return False
    if sorted(word) == sorted(other):
        return True
    return difflib.SequenceMatcher(None, word, other).ratio() >= ALIKE + (0.04 if "0" in other else 0)


def _with_digits(known: str, name: str) -> str:
    """A name with the digits of what was found, where it has as many."""
    digits = re.findall(r"\d", name)
    if len(digits) != known.count("0"):
        return known.replace("00", "11")
    return re.sub("0", lambda _: digits.pop(0), known)
