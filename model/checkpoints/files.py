"""Files of a checkpoint: on the disk before they count, and checked when they are read."""

from __future__ import annotations

import io
import json
import os
import zipfile
import zlib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from model.errors import InputError
from model.whole_files import whole_file

AT_ONCE = 1 << 25
"""Bytes checked and written, or read and checked, in one go."""
WRITERS = 4
"""Files written at once: the check of one overlaps the disk's work on another."""


class Written(NamedTuple):
    """What a manifest says of a file."""

    bytes: int
    crc32: int


def write_columns(columns: Mapping[str, np.ndarray], folder: Path) -> dict[str, Written]:
    """Write columns, each [N] and contiguous, as ``NAME.npy``; returns what was written by name of file."""
    with ThreadPoolExecutor(WRITERS) as pool:
        jobs = {
            f"{name}.npy": pool.submit(_write_column, column, folder / f"{name}.npy")
            for name, column in columns.items()
        }
        return {name: job.result() for name, job in jobs.items()}


def _write_column(column: np.ndarray, file: Path) -> Written:
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, np.lib.format.header_data_from_array_1_0(column))
    check = zlib.crc32(header.getvalue())
    content = memoryview(column).cast("B")
    with file.open("wb") as out:
        out.write(header.getvalue())
        for start in range(0, len(content), AT_ONCE):
            part = content[start : start + AT_ONCE]
            check = zlib.crc32(part, check)
            out.write(part)
        _to_disk(out)
        return Written(out.tell(), check)


def read_columns(folder: Path, columns: Mapping[str, np.ndarray], rows: int, expected: Mapping[str, Written]) -> None:
    """Read ``NAME.npy`` into the first ``rows`` of each column, [at least rows].

    Raises:
        InputError: a file is damaged, or is no column of that many rows.
    """
    with ThreadPoolExecutor(WRITERS) as pool:
        jobs = [
            pool.submit(_read_column, folder / f"{name}.npy", column[:rows], expected.get(f"{name}.npy"))
            for name, column in columns.items()
        ]
        for job in jobs:
            job.result()


def _read_column(file: Path, into: np.ndarray, expected: Written | None) -> None:
    if expected is None:
        raise InputError(f"{file}: not in the checkpoint's manifest; start the run anew")
    check_length(file, expected.bytes)
    with file.open("rb") as given:
        try:
            np.lib.format.read_magic(given)
            shape, _, dtype = np.lib.format.read_array_header_1_0(given)
        except ValueError:
            raise _damaged(file) from None
        start = given.tell()
        given.seek(0)
        check = zlib.crc32(given.read(start))
        if shape != into.shape or dtype != into.dtype:
            raise InputError(f"{file}: {dtype} of {shape}, expected {into.dtype} of {into.shape}; start the run anew")
        content = memoryview(into).cast("B")
        for at in range(0, len(content), AT_ONCE):
            part = content[at : at + AT_ONCE]
            if given.readinto(part) != len(part):
                raise _damaged(file)
            check = zlib.crc32(part, check)
    if check != expected.crc32:
        raise _damaged(file)


def write_tree(tree: Any, arrays: Mapping[str, np.ndarray], folder: Path, name: str) -> dict[str, Written]:
    """Write a tree that JSON can hold and the arrays it names, of any shape, as ``NAME.json`` and ``NAME.npz``."""
    text = json.dumps(tree, separators=(",", ":"), ensure_ascii=False).encode()
    packed = io.BytesIO()
    np.savez(packed, allow_pickle=False, **dict(arrays))
    return {
        f"{name}.json": _write_bytes(text, folder / f"{name}.json"),
        f"{name}.npz": _write_bytes(packed.getbuffer(), folder / f"{name}.npz"),
    }


def read_tree(folder: Path, name: str, expected: Mapping[str, Written]) -> tuple[Any, dict[str, np.ndarray]]:
    """What :func:`write_tree` wrote: the tree, and its arrays by name.

    Raises:
        InputError: a file is missing or damaged.
    """
    text, packed = (_read_bytes(folder / file, expected.get(file)) for file in (f"{name}.json", f"{name}.npz"))
    try:
        with np.load(io.BytesIO(packed), allow_pickle=False) as arrays:
            return json.loads(text), dict(arrays)
    except (ValueError, zipfile.BadZipFile):
        raise _damaged(folder / name) from None


def write_card(content: dict[str, Any], file: Path) -> None:
    """Write a small JSON file that carries the check of its own content; it appears complete or not at all."""
    body = json.dumps(content, indent=1, ensure_ascii=False, sort_keys=True)
    card = json.dumps({**content, "crc32": zlib.crc32(body.encode())}, indent=1, ensure_ascii=False, sort_keys=True)
    with whole_file(file) as written:
        _write_bytes(card.encode(), written)
    sync_folder(file.parent)


def read_card(file: Path) -> dict[str, Any]:
    """Read such a file.

    Raises:
        InputError: it is missing or damaged.
    """
    try:
        content: dict[str, Any] = json.loads(file.read_bytes())
        check = content.pop("crc32")
    except FileNotFoundError:
        raise InputError(f"{file}: missing from the checkpoint; start the run anew") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise _damaged(file) from None
    body = json.dumps(content, indent=1, ensure_ascii=False, sort_keys=True)
    if check != zlib.crc32(body.encode()):
        raise _damaged(file)
    return content


def sync_folder(folder: Path) -> None:
    """Have the disk remember the names in a folder, where the operating system can be asked to."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _write_bytes(content: Any, file: Path) -> Written:
    with file.open("wb") as out:
        out.write(content)
        _to_disk(out)
        return Written(out.tell(), zlib.crc32(content))


def _read_bytes(file: Path, expected: Written | None) -> bytes:
    if expected is None:
        raise InputError(f"{file}: not in the checkpoint's manifest; start the run anew")
    check_length(file, expected.bytes)
    content = file.read_bytes()
    if zlib.crc32(content) != expected.crc32:
        raise _damaged(file)
    return content


def check_length(file: Path, length: int) -> None:
    """Make sure a file is there and has so many bytes.

    Raises:
        InputError: it has not.
    """
    try:
        found = file.stat().st_size
    except FileNotFoundError:
        raise InputError(f"{file}: missing from the checkpoint; start the run anew") from None
    if found != length:
        raise InputError(f"{file}: {found:,} bytes, expected {length:,}: damaged; start the run anew")


def _damaged(file: Path) -> InputError:
    return InputError(f"{file}: damaged; start the run anew")


def _to_disk(out: BinaryIO) -> None:
    out.flush()
    os.fsync(out.fileno())
