"""A scenario's region: a folder, or a preset that is made once and kept."""

from pathlib import Path

import pytest

from model.errors import InputError
from model.geography.open_region import open_region, preset_folder
from model.geography.region_files import region_from_tables, write_region
from model.geography.synthesise import synthesise


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache and a working folder of the test's own."""
    monkeypatch.setenv("GPDRIFT_CACHE", str(tmp_path / "cache"))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "cache"


def test_a_preset_is_made_once_kept_and_the_same_every_time(cache: Path):
    made = open_region("town")
    assert preset_folder("town").is_relative_to(cache)
    written = (preset_folder("town") / "region.json").stat().st_mtime_ns
    again = open_region("town")
    assert (preset_folder("town") / "region.json").stat().st_mtime_ns == written
    assert again.digest == made.digest == region_from_tables(*synthesise("town", 1)).digest
    assert not any(Path().iterdir()), "nothing is left in the user's folder"


def test_a_damaged_copy_is_made_anew():
    made = open_region("town")
    for name in ("areas.parquet", "region.json"):
        (preset_folder("town") / name).write_bytes(b"")
        assert open_region("town").digest == made.digest


def test_a_cache_that_cannot_be_written_costs_time_only(cache: Path):
    cache.write_text("a file where the folder would be")
    assert open_region("town").digest == region_from_tables(*synthesise("town", 1)).digest


def test_a_region_folder_of_the_users_wins_over_a_preset_of_its_name():
    tables, about = synthesise("town", 5)
    write_region(tables, about, "town")
    assert open_region("town").digest == region_from_tables(tables, about).digest


def test_neither_a_preset_nor_a_folder_names_both_remedies():
    with pytest.raises(InputError, match=r"region 'twon': neither a preset .* nor a folder here; make one with"):
        open_region("twon")
