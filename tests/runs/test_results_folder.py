"""Results never go over anything that is there."""

from pathlib import Path

import pytest

from model.errors import InputError
from runs.results_folder import choose_folder, results_folder


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)


def test_the_next_number_is_free_whatever_others_are_called():
    assert choose_folder(None, "default") == Path("results/default-001")
    for name in ("default-001", "default-007", "default-x", "default-clean-009", "other-020"):
        Path("results", name).mkdir(parents=True)
    assert choose_folder(None, "default") == Path("results/default-008")
    assert choose_folder(None, "default-clean") == Path("results/default-clean-010")


def test_two_unnamed_runs_take_two_folders():
    with results_folder(None, "default") as one, results_folder(None, "default") as other:
        assert (one, other) == (Path("results/default-001"), Path("results/default-002"))
    assert one.is_dir()


def test_a_run_that_fails_leaves_no_folder_nobody_named():
    with pytest.raises(InputError), results_folder(None, "default"):
        raise InputError("no such region")
    assert not Path("results").exists()
    Path("mine").mkdir()
    with pytest.raises(InputError), results_folder("mine", "default"):
        raise InputError("no such region")
    assert Path("mine").is_dir(), "the user's own"


@pytest.mark.parametrize("out", [".", "", "..", "mine/.."])
def test_results_need_a_name_of_their_own(out: str):
    with pytest.raises(InputError, match="name a folder that is to be made"):
        choose_folder(out, "default")


def test_a_link_is_followed(tmp_path: Path):
    Path("linked").symlink_to("real")
    assert choose_folder("linked", "default") == tmp_path / "real"


def test_an_empty_folder_may_be_filled_and_a_full_one_may_not():
    Path("mine").mkdir()
    assert choose_folder("mine", "default") == Path("mine")
    Path("mine/notes").write_text("")
    with pytest.raises(InputError, match="mine: exists and is not empty"):
        choose_folder("mine", "default")
