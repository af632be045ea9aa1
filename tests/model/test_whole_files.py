"""A file is there whole or not at all, and nothing else is left beside it."""

from contextlib import ExitStack
from pathlib import Path

import pytest

from model.whole_files import whole_file, write_whole


def test_what_is_written_takes_the_place_of_what_was(tmp_path: Path):
    file = tmp_path / "told.json"
    write_whole(file, "first")
    with whole_file(file) as written:
        written.write_text("second")
        assert file.read_text() == "first"
    assert file.read_text() == "second"
    write_whole(file, b"\x00third")
    assert file.read_bytes() == b"\x00third"
    assert list(tmp_path.iterdir()) == [file]


def test_text_is_utf_8_with_its_own_line_ends(tmp_path: Path):
    write_whole(tmp_path / "text", "Größe\n£\r\n")
    assert (tmp_path / "text").read_bytes() == "Größe\n£\r\n".encode()


@pytest.mark.parametrize("failure", [OSError, ValueError, KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("before", ["", "kept"])
def test_a_writer_that_fails_leaves_what_was_there_and_nothing_else(
    tmp_path: Path, failure: type[BaseException], before: str
):
    file = tmp_path / "told.json"
    if before:
        file.write_text(before)

    def fail() -> None:
        with whole_file(file) as written:
            written.write_text("half")
            raise failure

    with pytest.raises(failure):
        fail()
    assert [each.read_text() for each in tmp_path.iterdir()] == [before] * bool(before)


def test_one_that_writes_nothing_leaves_nothing(tmp_path: Path):
    with pytest.raises(ValueError, match="nothing"), whole_file(tmp_path / "told"):
        raise ValueError("nothing")
    with pytest.raises(FileNotFoundError), whole_file(tmp_path / "told"):
        pass
    assert not list(tmp_path.iterdir())


def test_several_are_there_together_or_not_at_all(tmp_path: Path):
    (tmp_path / "folder").mkdir()

    def write_both() -> None:
        with ExitStack() as together:
            together.enter_context(whole_file(tmp_path / "a")).write_text("a")
            together.enter_context(whole_file(tmp_path / "folder")).write_text("b")

    with pytest.raises(IsADirectoryError):
        write_both()
    assert [each.name for each in tmp_path.iterdir()] == ["folder"]


def test_two_writers_of_one_file_do_not_meet(tmp_path: Path):
    with whole_file(tmp_path / "told") as one, whole_file(tmp_path / "told") as other:
        one.write_text("one")
        other.write_text("other")
    assert (tmp_path / "told").read_text() == "one"
    assert len(list(tmp_path.iterdir())) == 1
