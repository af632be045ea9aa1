"""The map a visitor sees first, kept from the last time it was drawn; matplotlib is loaded while it is looked at.

A picture is kept under a digest of all that is drawn in it and of the code that draws: one that is found is the one that
would be drawn. Only beginnings are kept, with nothing picked: they are what is seen again.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import threading
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from model import cache_folder
from model.geography.travel import read_arrays, write_arrays
from model.provider_rows import kinds
from runs.app_areas import MEASURES
from runs.app_scale import Scale

if TYPE_CHECKING:
    from model.geography.region import Region
    from model.model import RegistrationModel
    from runs.app_areas import AreaCounts
    from runs.app_map import MapPicture, Picked

MOST = 24
"""Pictures kept; those not seen for longest go."""
DRAWN_BY = ("app_map.py", "app_areas.py", "app_scale.py", "style.py", "territory.py")
LIBRARIES = ("matplotlib", "numpy", "pillow", "scipy")


class SessionMap:
    """The map of one session's region: drawn, or, where it begins as one did before, shown as it was drawn then."""

    def __init__(self, region: Region) -> None:
        """Nothing is drawn yet."""
        self.region = region
        self._picture: MapPicture | None = None
        self._making = threading.Lock()
        self._tops: dict[tuple[int, str], float] = {}

    @property
    def picture(self) -> MapPicture:
        """What draws, made when first asked for."""
        with self._making:
            if self._picture is None:
                from runs.app_map import MapPicture

                self._picture = MapPicture(self.region)
                self._picture.top.update(self._tops)
            return self._picture

    def _hold_scale(self, run: int, measure: str, top: float) -> None:
        with self._making:
            self._tops[run, measure] = top
            if self._picture is not None:
                self._picture.top[run, measure] = top

    def draw(
        self, model: RegistrationModel, counts: AreaCounts, measure: str, run: int, *, begins: bool,
        practice: int = -1, commissioner: int = -1, patient: int = -1, with_practices: bool = True,
    ) -> tuple[bytes, Scale]:  # fmt: skip
        """The map as a PNG, and what its colours stand for (:meth:`runs.app_map.MapPicture.draw` takes the same).

        ``begins``: the model is that of the region, and no month has passed yet.
        """
        seldom = not begins or self._picture is not None or max(practice, commissioner, patient) >= 0
        file = None if seldom else picture_file(self.region, model, counts, measure, with_practices)
        if file is not None and (kept := _read(file)) is not None:
            self._hold_scale(run, measure, kept[1].high)
            return kept
        png, scale = self.picture.draw(
            model, counts, measure, run,
            practice=practice, commissioner=commissioner, patient=patient, with_practices=with_practices,
        )  # fmt: skip
        if file is not None:
            _keep(file, png, scale)
        return png, scale

    def pick(self, model: RegistrationModel, across: float, down: float) -> Picked:
        """What stands at a place on the map (:meth:`runs.app_map.MapPicture.pick`)."""
        return self.picture.pick(model, across, down)


def picture_file(
    region: Region, model: RegistrationModel, counts: AreaCounts, measure: str, with_practices: bool
) -> Path | None:
    """Where the picture of a model's map is kept: named by all that is drawn, and by what draws.

    None where it cannot be said which versions of libraries draw.
    """
    digest = hashlib.blake2b(digest_size=12)

    def add(name: str, *values: object) -> None:
        digest.update(f"{name} {values};".encode())

    for name in DRAWN_BY:
        digest.update((Path(__file__).parent / name).read_bytes())
    try:
        add("libraries", *(version(name) for name in LIBRARIES))
    except PackageNotFoundError:
        return None
    add("measure", measure, with_practices, len(region.areas))
    lists = model.lists
    federations = [federation.practices for federation in model.federations]
    members = np.concatenate([np.append(these, -1) for these in federations]) if federations else np.empty(0)
    for values in (
        MEASURES[measure].values(model, counts), region.x, region.y, region.area_authority, region.area_commissioner,
        model.region.practice_x, model.region.practice_y, lists.exists, lists.size, kinds(model), members,
    ):  # fmt: skip
        add("values", values.dtype.str, len(values))
        digest.update(np.ascontiguousarray(values).tobytes())
    return cache_folder() / "maps" / f"map-{digest.hexdigest()}.npz"


def _read(file: Path) -> tuple[bytes, Scale] | None:
    kept = read_arrays(file, ("png", "ends", "colours"))
    if kept is None:
        return None
    with contextlib.suppress(OSError):
        os.utime(file)
    low, high = kept["ends"].tolist()
    return kept["png"].tobytes(), Scale(low, high, kept["colours"].tolist())


def _keep(file: Path, png: bytes, scale: Scale) -> None:
    ends, colours = np.array([scale.low, scale.high]), np.array(scale.colours)
    write_arrays(file, {"png": np.frombuffer(png, np.uint8), "ends": ends, "colours": colours})
    with contextlib.suppress(OSError):
        by_use = sorted(file.parent.glob("map-*.npz"), key=lambda each: each.stat().st_mtime)
        for unseen in by_use[:-MOST]:
            unseen.unlink()
