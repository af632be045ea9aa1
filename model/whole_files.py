"""Files that are there whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import uuid
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def whole_file(file: Path) -> Iterator[Path]:
    """Give a path beside ``file`` to write to, which takes the file's place once the block has ended well.

    Otherwise, on Ctrl-C too, it is removed and what stood there before stays. Two at a time do not meet: the last to end
    stands.

    Raises:
        IsADirectoryError: the file is a folder.
    """
    if file.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(file))
    written = file.with_name(f".{file.name}.{uuid.uuid4().hex[:12]}.unfinished")
    try:
        yield written
        written.replace(file)
    finally:
        with contextlib.suppress(OSError):
            written.unlink()


def write_whole(file: Path, content: str | bytes) -> None:
    """Write a file, text as UTF-8 with its line ends as they are."""
    with whole_file(file) as written:
        written.write_bytes(content.encode() if isinstance(content, str) else content)
