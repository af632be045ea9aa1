"""Mutations that keep to the structure of what they change, and the promise every mutated input is held to.

A case is known by (seed, kind, number): the same three make the same case. ``GPDRIFT_FUZZ_SEED`` chooses other cases than
the usual ones and ``GPDRIFT_FUZZ_TIMES`` so many times as many, for a long run: ``GPDRIFT_FUZZ_TIMES=100
GPDRIFT_FUZZ_SEED=7 pytest tests/fuzz``.
"""

from __future__ import annotations

import contextlib
import datetime
import io
import os
import shutil
import tempfile
import traceback
import warnings
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

SEED = int(os.environ.get("GPDRIFT_FUZZ_SEED", "1"))
TIMES = int(os.environ.get("GPDRIFT_FUZZ_TIMES", "1"))

NUMBERS: tuple[Any, ...] = (
    0, 1, -1, 2, 3.5, -0.0, 1e-300, 1e300, float("nan"), float("inf"), -float("inf"), 2**31, 2**40, 2**63 - 1, -(2**63),
    10**30, 0.1, 100, 1_000_000, 65_535, 65_536,
)  # fmt: skip
WORDS = (
    "", " ", "-", "--", "nan", "inf", "1e999", "-1", "0", "9" * 40, "None", "null", "true", "2021-13-01", "2021-02-30",
    "0000-00-00", "9999-12-31", "../../..", "/dev/null", "/dev/full", "/", ".", "..", "~", "a" * 300, "x" * 5000, "%s",
    "{}", "{0}", "$(id)", "`id`", "'; DROP TABLE areas; --", '"', "\\", "é", "\u202e", "\U0001f642", "\ufeff", "a\nb",
    "a\tb", "a\rb", "con", "*", "?", "[", "]", "=", "#", "a=b=c", "E01000001", "C1", "town",
)  # fmt: skip
BYTES = (
    b"",
    b"\0",
    b"\xff\xfe",
    b"\xc3",
    b"\xef\xbb\xbf",
    b"\n",
    b"\r\n",
    b",",
    b'"',
    b"PAR1",
    b"[[",
    b"=",
    b"{",
    b"}",
)


class Case:
    """One mutated input: its draws, and where it may write."""

    def __init__(self, kind: str, number: int, folder: Path) -> None:
        """Case ``number`` of a kind, in a folder of its own that does not exist yet."""
        self.name = f"{kind} {number} (GPDRIFT_FUZZ_SEED={SEED})"
        key = np.array([SEED, zlib.crc32(kind.encode()) << 32 | number], np.uint64)
        self.rng = np.random.Generator(np.random.Philox(key=key))
        self.folder = folder
        self.done: list[str] = []
        """What was changed, in words."""

    def chance(self, share: float) -> bool:
        """Whether something of that probability happens."""
        return bool(self.rng.random() < share)

    def pick(self, things: Any) -> Any:
        """One of several, each as likely."""
        things = list(things)
        return things[int(self.rng.integers(len(things)))]

    def below(self, number: int) -> int:
        """A whole number from 0 to number - 1."""
        return int(self.rng.integers(max(number, 1)))

    # --- text and bytes ---------------------------------------------------------------------------------------------

    def typo(self, text: str) -> str:
        """The text with a letter dropped, doubled, swapped or in another case."""
        if not text:
            return self.pick(WORDS)
        at = self.below(len(text))
        return self.pick(
            (
                text[:at] + text[at + 1 :],
                text[:at] + text[at] + text[at:],
                text[:at] + text[at : at + 2][::-1] + text[at + 2 :],
                text[:at] + text[at].swapcase() + text[at + 1 :],
                text + self.pick(WORDS[:20]),
            )
        )

    def broken(self, content: bytes) -> bytes:
        """A file's bytes cut, flipped, with something put in, or others altogether."""
        at = self.below(len(content) + 1)
        how = self.pick(("cut", "tail", "flip", "put in", "twice", "other", "hole"))
        self.done.append(f"bytes: {how} at {at}")
        if how == "cut":
            return content[:at]
        if how == "tail":
            return content[at:]
        if how == "flip":
            flipped = bytearray(content)
            for _ in range(1 + self.below(8)):
                if flipped:
                    flipped[self.below(len(flipped))] ^= 1 << self.below(8)
            return bytes(flipped)
        if how == "put in":
            return content[:at] + self.pick(BYTES) * (1 + self.below(4)) + content[at:]
        if how == "twice":
            return content + content
        if how == "hole":
            return content[:at] + b"\0" * min(64, len(content) - at) + content[at + 64 :]
        return self.pick(
            (b"", b"\0" * 100, b"PAR1", b"{}", b"[]", b"null", b"\x1f\x8b\x08", os.urandom(0) + b"\xff" * 50)
        )

    # --- nested values (TOML, JSON) -----------------------------------------------------------------------------------

    def other_value(self, value: Any) -> Any:
        """A value of another type, out of range, or hardly different."""
        if isinstance(value, bool):
            near: tuple[Any, ...] = (not value, int(value), str(value))
        elif isinstance(value, int | float):
            near = (-value, value * 1000, value + 0.5, str(value), [value], {"value": value}, bool(value))
        elif isinstance(value, str):
            near = (self.typo(value), value.upper(), [value], value * 50, value + "\n")
        elif isinstance(value, datetime.date):
            near = (str(value), value.replace(day=28), value.replace(year=1), value.replace(year=9999),
                    datetime.datetime(2021, 2, 1, 12), value.year)  # fmt: skip
        elif isinstance(value, list):
            near = (value[:-1], value * 2, value[::-1], [value], value[0] if value else 1, [*value, "x"], {"0": value})
        else:
            near = ([value], [], "table", 1)
        pool = [*near, *near, self.pick(NUMBERS), self.pick(WORDS), [], {}, [[]], True, [1, "a"]]
        return self.pick(pool)

    def mutated(self, content: Any, strange: Callable[[], tuple[str, Any]] | None = None) -> Any:
        """Nested tables and lists with a key or value somewhere in them changed; ``strange`` gives keys to add."""
        places = list(_places(content))
        where, parent, key = self.pick(places) if places else ((), content, None)
        if key is None or self.chance(0.15):
            name, value = strange() if strange else (self.pick(WORDS), self.pick(NUMBERS))
            tables = [table for _, table, _ in places if isinstance(table, dict)] or [content]
            table = self.pick(tables)
            if isinstance(table, dict):
                table[name] = value
                self.done.append(f"added {name!r} = {value!r}"[:200])
            return content
        how = self.pick(("value", "value", "value", "value", "drop", "rename", "twice"))
        value = parent[key]
        if how == "value":
            parent[key] = self.other_value(value)
            self.done.append(f"{where}: {value!r} -> {parent[key]!r}"[:200])
        elif how == "drop":
            del parent[key]
            self.done.append(f"{where} dropped")
        elif how == "rename" and isinstance(parent, dict):
            parent[self.typo(str(key))] = parent.pop(key)
            self.done.append(f"{where} renamed")
        elif isinstance(parent, list):
            parent.append(value)
            self.done.append(f"{where} twice")
        return content


def _places(content: Any, where: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any, Any]]:
    items = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    for key, value in items:
        yield (*where, key), content, key
        yield from _places(value, (*where, key))


def cases(kind: str, number: int, part: int, parts: int, folder: Path) -> Iterator[Case]:
    """Every ``parts``-th of the ``number`` cases of a kind (times ``GPDRIFT_FUZZ_TIMES``), from number ``part`` on."""
    for case in range(part, number * TIMES, parts):
        yield Case(kind, case, folder / f"case-{case}")


# --- the promise ------------------------------------------------------------------------------------------------------


def tree(folder: Path) -> dict[str, int]:
    """Every path below a folder and its size; links are not followed."""
    found = {}
    for path, folders, files in os.walk(folder):
        for name in (*folders, *files):
            whole = Path(path) / name
            found[str(whole.relative_to(folder))] = whole.lstat().st_size if name in files else -1
    return found


def broken_promise(case: Case, arguments: list[str], watched: Path, but_for: str = "nothing") -> str:
    """Run the command in this process and say what is wrong; empty where it succeeds, or refuses as promised.

    A refusal is exit code 2, nothing on standard output, one line on standard error, and nothing written, in the
    folder watched (``but_for`` what is to stay) nor in the one for temporary files; success leaves nothing unfinished.
    """
    from runs.main import _run

    before, out, err = tree(watched), io.StringIO(), io.StringIO()
    temporary = watched.parent / "temporary"
    temporary.mkdir(exist_ok=True)
    here, usual = Path.cwd(), tempfile.tempdir
    os.chdir(watched)
    tempfile.tempdir = str(temporary)
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), warnings.catch_warnings():
            warnings.simplefilter("error")
            warnings.simplefilter("ignore", ResourceWarning)
            code = _run(arguments)
    except BaseException as fault:
        if isinstance(fault, KeyboardInterrupt):
            raise
        last = traceback.extract_tb(fault.__traceback__)[-1]
        code, text = -1, f"{type(fault).__name__}: {str(fault)[:300]} at {last.filename}:{last.lineno}"
        err.write(text)
    finally:
        os.chdir(here)
        tempfile.tempdir = usual
    wrong = []
    lines = err.getvalue().splitlines()
    after = tree(watched)
    written = {path for path, _ in set(after.items()) ^ set(before.items()) if not path.startswith(but_for)}
    if code == 2:
        if out.getvalue():
            wrong.append(f"refused, yet printed {out.getvalue()[:200]!r}")
        said = [line for line in lines if not line.startswith("gpdrift: note:")]
        if len(said) != 1 or not said[0].startswith("gpdrift: "):
            wrong.append(f"refused with {len(said)} lines: {err.getvalue()[:300]!r}")
        elif len(said[0]) > 1500:
            wrong.append(f"refused with a line of {len(said[0])} letters")
        if written:
            wrong.append(f"refused, yet wrote {sorted(written)[:5]}")
    elif code not in (0, 1) or (code == 1 and not lines):
        wrong.append(f"exit {code}: {err.getvalue()[-400:]}")
    left = [path for path in after if path not in before and ("/." in f"/{path}" or "unfinished" in path)]
    left += [str(path) for path in temporary.iterdir()]
    if left:
        wrong.append(f"left behind {left[:5]}")
        shutil.rmtree(temporary)
    if not wrong:
        return ""
    return f"{case.name}: {' '.join(arguments)[:300]}\n    {'; '.join(case.done)[:600]}\n    " + "\n    ".join(wrong)


def assert_kept(broken: list[str]) -> None:
    """Fail with the first few broken promises."""
    assert not broken, f"{len(broken)} cases broke the promise:\n" + "\n".join(broken[:8])
