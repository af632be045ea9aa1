"""gpdrift's simulation: patients, practices, commissioners and authorities on a geographic network.

Importing this package is light: the public names are loaded when first used.
"""

from __future__ import annotations

import hashlib
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from model.geography.region import Region
    from model.geography.region_files import load_region
    from model.model import RegistrationModel
    from model.scenario import Scenario

__all__ = ["Region", "RegistrationModel", "Scenario", "load_region"]

_HOME_OF = {
    "RegistrationModel": "model.model",
    "Scenario": "model.scenario",
    "Region": "model.geography.region",
    "load_region": "model.geography.region_files",
}


def __getattr__(name: str) -> Any:
    """Load a public name when it is first asked for (PEP 562)."""
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_HOME_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Names of the module, the ones not loaded yet included."""
    return sorted(set(globals()) | set(__all__))


def cache_folder() -> Path:
    """Folder for what can be made again: compiled code, travel tables, synthetic regions, first maps. Not created here.

    ``GPDRIFT_CACHE`` overrides the place the operating system gives to caches.
    """
    if chosen := os.environ.get("GPDRIFT_CACHE"):
        return Path(chosen).expanduser()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "gpdrift"


def _code_digest() -> str:
    """Hash of every source file that compiled functions may hang on: two versions of them never share compiled code.

    These are the patients and the geography, whose constants are compiled in, and whatever else names the compiler.
    """
    here = Path(__file__).parent
    digest = hashlib.blake2b(digest_size=10)
    for file in sorted(here.rglob("*.py")):
        name, text = file.relative_to(here).as_posix(), file.read_bytes()
        if name.startswith(("patients/", "geography/")) or b"numba" in text or b"patients.compiled" in text:
            digest.update(name.encode() + b"\0" + text + b"\0")
    return digest.hexdigest()


# numba notices an edited function but not an edited callee in another module, and would go on running the old code:
# compiled functions of this version are kept apart from every other's. A folder the user has set is left alone.
if "NUMBA_CACHE_DIR" not in os.environ:
    os.environ["NUMBA_CACHE_DIR"] = str(cache_folder() / "compiled" / _code_digest())
if (_numba := sys.modules.get("numba")) is not None:
    _numba.config.reload_config()
