"""The project around the code: what is installed, where it comes from, and how the house is built."""

import ast
import importlib.metadata
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

import model

ROOT = Path(__file__).resolve().parents[1]


def test_the_lock_names_no_package_host_and_hashes_every_file():
    lock = (ROOT / "requirements.lock").read_text()
    assert not re.search(r"https?:|file:|index-url|find-links|(?<![\w.])/\w", lock)
    entries = re.split(r"\n(?=[a-z0-9])", lock.partition("\n")[2][lock.partition("\n")[2].index("\n") + 1 :])
    assert len(entries) > 50
    for entry in entries:
        assert re.match(r"[A-Za-z0-9._-]+(\[[\w,-]+\])?==\S+", entry), entry
        assert "--hash=sha256:" in entry, entry


def test_the_lock_holds_every_package_the_project_asks_for():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    locked = set(re.findall(r"^([a-z0-9._-]+)==", (ROOT / "requirements.lock").read_text(), re.M))
    asked = [*project["dependencies"], *(name for extra in project["optional-dependencies"].values() for name in extra)]
    names = {re.match(r"[\w.-]+", entry)[0].lower().replace("_", "-") for entry in asked}  # type: ignore[index]
    assert names <= locked
    assert not {"torch", "tensorflow", "ray"} & locked


def test_the_project_says_one_version():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert f"version: {version}" in (ROOT / "CITATION.cff").read_text()
    assert re.search(rf"^## .*{re.escape(version)}", (ROOT / "CHANGELOG.md").read_text(), re.M)
    assert importlib.metadata.version("gpdrift") == version


def test_dependencies_point_one_way():
    allowed = {
        "model": {"model"},
        "runs": {"model", "runs"},
        "analysis": {"model", "runs", "analysis"},
    }
    for package, may in allowed.items():
        for file in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text())):
                names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                ours = {name.partition(".")[0] for name in names} & set(allowed)
                assert ours <= may, f"{file.relative_to(ROOT)} imports {ours - may}"


def test_public_names_of_model_load_when_asked_for():
    script = "import model, sys; assert 'numpy' not in sys.modules; assert model.Scenario().months > 0; print('ok')"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "ok", done.stderr
    assert set(model.__all__) <= set(dir(model))
    with pytest.raises(AttributeError, match="no attribute 'Patience'"):
        _ = model.Patience  # type: ignore[attr-defined]


def test_compiled_code_is_kept_apart_by_version_and_a_folder_the_user_set_is_left_alone():
    script = "import os, model; print(os.environ['NUMBA_CACHE_DIR'])"
    clean = {key: value for key, value in os.environ.items() if key not in ("NUMBA_CACHE_DIR", "GPDRIFT_CACHE")}

    def folder(**more: str) -> str:
        environment = {**clean, **more}
        done = subprocess.run(
            [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    assert folder(NUMBA_CACHE_DIR="mine") == "mine"
    own = Path(folder(GPDRIFT_CACHE="caches"))
    assert own.parts[:2] == ("caches", "compiled")
    assert own == Path(folder(GPDRIFT_CACHE="caches"))


def test_the_digest_follows_every_file_that_is_compiled_or_that_compiled_ones_take_constants_from(tmp_path: Path):
    package = tmp_path / "model"
    for folder in ("patients", "geography", "measures"):
        (package / folder).mkdir(parents=True)
    (package / "__init__.py").write_text((ROOT / "model" / "__init__.py").read_text())
    compiled = [package / "patients" / "deep.py", package / "geography" / "deep.py", package / "measures" / "fast.py"]
    plain = package / "measures" / "plain.py"
    for file in (*compiled, plain):
        file.write_text("a = 1\n")
    compiled[2].write_text("import numba\n")
    script = "import model; print(model._code_digest())"

    def digest() -> str:
        done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    before = digest()
    plain.write_text("a = 2\n")
    assert digest() == before
    for file in compiled:
        file.write_text(file.read_text() + "b = 2\n")
        assert digest() != before
        before = digest()


def test_no_test_folder_shadows_a_package():
    assert not list((ROOT / "tests").rglob("__init__.py"))


def test_the_wheel_holds_the_three_packages_and_the_scenarios_and_runs_by_itself(tmp_path: Path):
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path / "built")]
    subprocess.run(build, cwd=ROOT, capture_output=True, text=True, check=True)
    (wheel,) = (tmp_path / "built").glob("gpdrift-*.whl")
    with zipfile.ZipFile(wheel) as held:
        held.extractall(tmp_path / "site")
    assert {"model", "runs", "analysis"} <= {path.name for path in (tmp_path / "site").iterdir()}
    listed = [sys.executable, "-c", "import runs.main; print(runs.__file__); runs.main.main(['scenarios'])"]
    done = subprocess.run(listed, cwd=tmp_path / "site", capture_output=True, text=True, check=True)
    assert done.stdout.startswith(str(tmp_path / "site"))
    assert "open-boundaries" in done.stdout


def test_the_page_on_tests_names_files_that_are_there():
    page = (ROOT / "tests" / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:[\w*]+/)*[\w*]+\.py|\w+/(?:\w+/)?)`", page))
    assert len(named) > 25
    for name in named:
        assert list((ROOT / "tests").glob(name.rstrip("/"))), name
