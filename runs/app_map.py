"""The map: areas as cells coloured by a measure, practices as marks, borders; drawn again and again on one kept figure."""

from __future__ import annotations

import io
import threading
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import LinearSegmentedColormap, Normalize, to_hex
from matplotlib.figure import Figure
from PIL import Image
from scipy.spatial import ConvexHull

from model.provider_rows import kinds
from runs import style, territory
from runs.app_areas import MEASURES, AreaCounts
from runs.app_scale import Scale, top_of

if TYPE_CHECKING:
    from model.geography.region import Region
    from model.model import RegistrationModel

DRAWING = threading.RLock()
"""matplotlib's settings and fonts are the process's: sessions draw one after another."""
WIDE, DOTS = 6.4, 120
LOWEST, HIGHEST = 0.75, 1.15
"""Height of the picture over its width, at least and at most."""
MANY = 5000
"""Above so many areas lines are thin."""
ONE_WAY = LinearSegmentedColormap.from_list(
    "one way", ["#F4F4F4", style.SKY, style.BLUE, style.mixed(style.BLUE, "black", 0.55)]
)
BOTH_WAYS = LinearSegmentedColormap.from_list(
    "both ways",
    [style.mixed(style.BLUE, "black", 0.3), style.SKY, "#F4F4F4", style.ORANGE, style.mixed(style.VERMILLION, "black", 0.2)],
)  # fmt: skip
MARKS = {"gp": ("o", "white"), "digital": ("D", style.ORANGE), "trust": ("s", style.PURPLE)}
"""Mark and fill by kind of practice."""
LARGEST_MARK = 130.0
"""Points squared of the mark of the longest list among few practices; of more, less."""
LEAST_MARK = 45.0
"""Points squared of the smallest mark of a digital provider or a trust's practice: they are what one looks for."""
FEW_PRACTICES = 500
"""Of more, marks are small and thin, so that the map can be seen between them."""
MANY_MARKS = 0.35
"""How opaque the marks of many ordinary practices are: in a city they stand on one another."""
CLICK_WITHIN = 0.02
"""A click this near to a practice, over the width of the map, means the practice."""


class Ground(NamedTuple):
    """Shapes of a region's areas, made once."""

    cells: list[np.ndarray]
    pairs: np.ndarray
    edges: np.ndarray


@lru_cache(maxsize=3)
def ground_of(region: Region) -> Ground:
    """Cells and the edges between them of a region."""
    return Ground(*territory.cells(region.x, region.y))


class Picked(NamedTuple):
    """What was chosen on the map: a practice or an area."""

    practice: int = -1
    area: int = -1


class MapPicture:
    """A map of one region that is kept and drawn anew with new values.

    Cells and borders are drawn once: the cells in a colour of their own each, which says for every dot of the picture
    whose it is. A month then only paints the dots and draws the marks, a tenth of the work of drawing 33,000 cells.
    """

    def __init__(self, region: Region) -> None:
        """Lay out cells and borders."""
        self.region, self.ground = region, ground_of(region)
        corners = np.vstack(self.ground.cells)
        x0, y0, x1, y1 = (float(v) for v in (*corners.min(axis=0), *corners.max(axis=0)))
        self.tall = WIDE * float(np.clip((y1 - y0 + 1) / (x1 - x0 + 1), LOWEST, HIGHEST))
        margin = 0.02 * max(x1 - x0, y1 - y0)
        self.box = (x0 - margin, x1 + margin, y0 - margin, y1 + margin)
        self.top: dict[tuple[int, str], float] = {}
        with DRAWING, style.look():
            self.owner = self._owners()
            self.borders = self._borders()
            self.figure, self.axes = self._sheet()
            self.federations = LineCollection([], colors=style.GREEN, linewidths=1.6, linestyles=(0, (1, 1.2)))
            self.chosen = LineCollection([], colors=style.VERMILLION, linewidths=3.0, zorder=5)
            self.path = LineCollection([], colors=style.VERMILLION, linewidths=2.0, zorder=6)
            for lines in (self.federations, self.chosen, self.path):
                self.axes.add_collection(lines)
            self.marks = {
                kind: self.axes.scatter(
                    [], [], marker=mark, facecolors=fill, edgecolors="black", linewidths=0.7, zorder=4
                )
                for kind, (mark, fill) in MARKS.items()
            }
            self.ring = self.axes.scatter(
                [], [], s=260, marker="o", facecolors="none", edgecolors=style.VERMILLION, linewidths=2.5, zorder=6
            )
            self.home = self.axes.scatter(
                [], [], s=110, marker="p", facecolors=style.VERMILLION, edgecolors="white", linewidths=1.2, zorder=7
            )

    def _sheet(self) -> tuple[Figure, Axes]:
        """An empty transparent picture of the map's size and place on the ground."""
        figure = Figure(figsize=(WIDE, self.tall), dpi=DOTS, facecolor="none")
        FigureCanvasAgg(figure)
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set_axis_off()
        # As much of the shorter side as makes a kilometre as long across as up.
        x0, x1, y0, y1 = self.box
        scale = max((x1 - x0) / WIDE, (y1 - y0) / self.tall)
        x, y = (x0 + x1) / 2, (y0 + y1) / 2
        axes.set_xlim(x - scale * WIDE / 2, x + scale * WIDE / 2)
        axes.set_ylim(y - scale * self.tall / 2, y + scale * self.tall / 2)
        return figure, axes

    def _owners(self) -> np.ndarray:
        """Area that each dot belongs to, int32[height, width]; the number of areas where it is nobody's."""
        figure, axes = self._sheet()
        figure.set_facecolor("white")
        areas = len(self.ground.cells)
        number = np.arange(areas)
        colours = np.column_stack([number & 255, number >> 8 & 255, number >> 16]) / 255.0
        cells = PolyCollection(
            self.ground.cells, antialiaseds=False, facecolors=colours, edgecolors="face", linewidths=0.4
        )
        axes.add_collection(cells, autolim=False)
        red, green, blue = (_pixels(figure)[:, :, i].astype(np.int32) for i in range(3))
        return np.minimum(red + (green << 8) + (blue << 16), areas)

    def _borders(self) -> Image.Image:
        """Borders of authorities and commissioners."""
        figure, axes = self._sheet()
        many = len(self.region.areas) > MANY
        for body, colour, width, dashes in (
            (self.region.area_authority, "#444444", 0.3 if many else 0.8, (0, (3, 2))),
            (self.region.area_commissioner, "black", 0.7 if many else 1.8, "solid"),
        ):
            lines = list(territory.borders(self.ground.pairs, self.ground.edges, body))
            axes.add_collection(
                LineCollection(lines, colors=colour, linewidths=width, linestyles=dashes), autolim=False
            )
        return Image.fromarray(_pixels(figure))

    def scale(self, measure: str, values: np.ndarray, run: int) -> Scale:
        """Scale of a measure: wide enough for what was shown so far, so that colours keep their meaning through a run."""
        top = max(top_of(values), self.top.get((run, measure), 0.0))
        self.top = {key: value for key, value in self.top.items() if key[0] == run} | {(run, measure): top}
        both_ways = MEASURES[measure].both_ways
        return Scale(-top if both_ways else 0.0, top, [to_hex(colours_of(measure)(i / 8)) for i in range(9)])

    def draw(
        self,
        model: RegistrationModel,
        counts: AreaCounts,
        measure: str,
        run: int = 0,
        *,
        practice: int = -1,
        commissioner: int = -1,
        patient: int = -1,
        with_practices: bool = True,
    ) -> tuple[bytes, Scale]:
        """The map as a PNG, and what its colours stand for.

        Args:
            model: as it stands.
            counts: of its areas.
            measure: key of MEASURES.
            run: number of the run; scales are kept within one.
            practice: position of one to ring.
            commissioner: position of one to outline.
            patient: row of one whose way from home to practice is shown.
            with_practices: whether practices are marked.
        """
        values = MEASURES[measure].values(model, counts)
        scale = self.scale(measure, values, run)
        face = colours_of(measure)(Normalize(scale.low, scale.high)(np.ma.masked_invalid(values)), bytes=True)
        face[~np.isfinite(values)] = 255
        self.face = face
        with DRAWING, style.look():
            self._mark(model, with_practices)
            self._outline(model)
            self._choose(model, practice, commissioner, patient)
            marks = Image.fromarray(_pixels(self.figure))
        picture = Image.fromarray(np.vstack([face, np.full((1, 4), 255, np.uint8)])[self.owner])
        picture.alpha_composite(self.borders)
        picture.alpha_composite(marks)
        out = io.BytesIO()
        picture.convert("RGB").save(out, "PNG", compress_level=1)
        return out.getvalue(), scale

    def at(self, across: float, down: float) -> tuple[float, float]:
        """Place on the ground, m, of a place on the picture: shares of its width from the left and height from the top."""
        (x0, x1), (y0, y1) = self.axes.get_xlim(), self.axes.get_ylim()
        return x0 + across * (x1 - x0), y1 - down * (y1 - y0)

    def pick(self, model: RegistrationModel, across: float, down: float) -> Picked:
        """What stands at a place on the picture: a practice very near to it, otherwise the area."""
        region = model.region
        x, y = self.at(across, down)
        there = np.flatnonzero(model.lists.exists)
        if there.size:
            away = np.hypot(region.practice_x[there] - x, region.practice_y[there] - y)
            nearest = int(away.argmin())
            if away[nearest] <= CLICK_WITHIN * np.ptp(self.axes.get_xlim()):
                return Picked(practice=int(there[nearest]), area=int(region.practice_area[there[nearest]]))
        return Picked(area=int(np.hypot(region.x - x, region.y - y).argmin()))

    def _mark(self, model: RegistrationModel, shown: bool) -> None:
        kind, sizes, region = kinds(model), model.lists.size, model.region
        there = model.lists.exists & (sizes > 0) & shown
        largest = LARGEST_MARK * min(1.0, 150.0 / max(int(there.sum()), 1))
        area = largest * sizes / max(float(np.percentile(sizes[there], 99)) if there.any() else 1.0, 1.0)
        for name, marks in self.marks.items():
            these = np.flatnonzero(there & (kind == name))
            marks.set_offsets(np.column_stack([region.practice_x[these], region.practice_y[these]]))
            few = there.sum() <= FEW_PRACTICES
            least = LEAST_MARK * (1.0 if few or name == "digital" else 0.3) if name != "gp" else 12.0 if few else 1.0
            marks.set_sizes(np.clip(area[these], least, max(3 * largest, least)))
            marks.set_linewidth(0.7 if few else 0.3)
            marks.set_alpha(MANY_MARKS if name == "gp" and not few else None)

    def _outline(self, model: RegistrationModel) -> None:
        """Federations: the hull of their practices' sites."""
        hulls = []
        for federation in model.federations:
            these = federation.practices
            points = np.column_stack([model.region.practice_x[these], model.region.practice_y[these]])
            if len(np.unique(points, axis=0)) > 2 and np.linalg.matrix_rank(points - points[0]) == 2:
                points = points[ConvexHull(points).vertices]
            if len(points) > 1:
                hulls.append(np.vstack([points, points[:1]]))
        self.federations.set_segments(hulls)

    def _choose(self, model: RegistrationModel, practice: int, commissioner: int, patient: int) -> None:
        region = model.region
        border: list[np.ndarray] = []
        if commissioner >= 0:
            one = (region.area_commissioner == commissioner).astype(np.int64)
            inland = np.append(one, 0)
            border = list(self.ground.edges[inland[self.ground.pairs[:, 0]] != inland[self.ground.pairs[:, 1]]])
        self.chosen.set_segments(border)
        rings, homes, path = [], [], []
        if practice >= 0:
            rings.append((region.practice_x[practice], region.practice_y[practice]))
        if patient >= 0:
            seen = model.patients.find(patient)
            home = int(model.engine.columns.home[patient])
            at_home = (region.x[home], region.y[home])
            homes.append(at_home)
            if seen.practice is not None:
                p = seen.practice.position
                site = (region.practice_x[p], region.practice_y[p])
                rings.append(site)
                path.append(np.array([at_home, site]))
        self.ring.set_offsets(np.array(rings) if rings else np.empty((0, 2)))
        self.home.set_offsets(np.array(homes) if homes else np.empty((0, 2)))
        self.path.set_segments(path)


def colours_of(measure: str) -> LinearSegmentedColormap:
    """Colours of a measure, from 0 to 1."""
    return BOTH_WAYS if MEASURES[measure].both_ways else ONE_WAY


def _pixels(figure: Figure) -> np.ndarray:
    """What a figure looks like, uint8[height, width, 4]."""
    canvas = figure.canvas
    assert isinstance(canvas, FigureCanvasAgg)
    canvas.draw()
    return np.array(canvas.buffer_rgba())
