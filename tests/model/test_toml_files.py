"""What a TOML file that cannot be read is refused with."""

from pathlib import Path

import pytest

from model.errors import InputError
from model.toml_files import read_toml

PATHS = r"; write text with a \ in it, such as a path, in single quotes: 'C:\data\region'"
DATES = "; write dates as 2022-04-01"


def refused(path: Path, text: str) -> str:
    path.write_bytes(text.encode())
    with pytest.raises(InputError) as caught:
        read_toml(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "found", "remedy"),
    [
        (r'region = "C:\Users\me\llr"', "Invalid hex value (at line 1, column 15)", PATHS),
        ('months = 1\r\nregion = "D:\\data\\x"\r\n', "at line 2", PATHS),
        ("a = 1\nmonth = 01/04/2022\nb = 2", "Expected newline or end of document", DATES),
        ("month = 2022/04/01", "Expected newline", DATES),
        ("month = 1.4.2022 # x", "Expected newline", DATES),
        ("month = 2022-4-1", "Expected newline", DATES),
        ('title = "01/04/2022" x', "Expected newline", ""),
        ("months = ", "Invalid value", ""),
        ("month = 01/04/2022", "Expected newline", DATES),
    ],
)
def test_a_mistake_is_told_with_what_to_write_where_its_line_shows_that(
    tmp_path: Path, text: str, found: str, remedy: str
):
    said = refused(tmp_path / "s.toml", text)
    assert said.startswith(f"{tmp_path / 's.toml'}: not valid TOML: ")
    assert found in said
    assert said.endswith(remedy or ")")


def test_a_path_in_single_quotes_and_a_date_are_read(tmp_path: Path):
    path = tmp_path / "s.toml"
    path.write_text("\ufeffregion = 'C:\\Users\\me\\llr'\n", "utf-8")
    assert read_toml(path) == {"region": r"C:\Users\me\llr"}
