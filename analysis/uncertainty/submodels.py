"""The submodels that are exchanged, each for one as credible: how distance, peers and families are thought of.

Each choice has two levels, the model's own first. A level is a change of parameters laid on a vector. An alternative is
given what its estimation gives it, not the values of the submodel it replaces: otherwise the two would differ in fit, not
in thought.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

from model.scenario import Scenario

if TYPE_CHECKING:
    from model.geography.region import Region
    from model.geography.travel import Travel

Vector = dict[str, float]


class Setting(NamedTuple):
    """What a change of submodel may look at."""

    scenario: Scenario
    linear: Vector
    """Choice of practice with distance by the km alone (:func:`linear_choice`)."""


class Level(NamedTuple):
    """One way to think of it."""

    name: str
    change: Callable[[Vector, Setting], Vector]
    """Values laid over a vector's, which may read it and the setting."""


class Choice(NamedTuple):
    """What is thought of in two ways."""

    name: str
    means: str
    levels: tuple[Level, Level]


BY_KM = ("distance_km_urban", "distance_km_rural", "distance_detour")
"""Terms of distance that are proportional to km."""
PEERS_FELT = 0.008
"""Share of peers that word of mouth acted through, on average up to April 2019: with marketing raised by q times it and no
word of mouth, the list of history-2017-2021 in London and Birmingham has the same 43,900 patients in March 2019."""


def _as_it_is(keys: Callable[[Setting], Iterable[str]]) -> Callable[[Vector, Setting], Vector]:
    """The scenario's own values of some keys, unless the vector has them: every point names the same keys."""

    def change(vector: Vector, setting: Setting) -> Vector:
        return {key: vector.get(key, own(setting.scenario, key)) for key in keys(setting)}

    return change


def own(scenario: Scenario, key: str) -> float:
    """The scenario's value of a parameter."""
    section, name = key.split(".")
    return float(getattr(getattr(scenario, section), name))


PEERS = ("digital.word_of_mouth", "digital.marketing", "digital.launch")
MOVES = ("demography.children_follow",)


def linear_choice(region: Region, travel: Travel) -> Vector:
    """Likeliest choice of practice on a region's register where distance acts by the km alone.

    The logarithm of distance and what makes it steeper are left out, everything else is fitted again, as
    ``gpdrift calibrate choice`` fits the model's own. A term of km that comes out below 0, as a small region may have it, is
    left out too: no parameter lets distance attract.

    Raises:
        InputError: the region has no register.
    """
    from analysis.fit_choice import fit_parameters
    from analysis.observed_choices import NAMES, observe

    bent = [name for name in NAMES if name.startswith("distance_") and name not in BY_KM]
    observed = observe(region, travel)
    found, _, _ = fit_parameters(observed, without=bent)
    attracting = [name for name in BY_KM if getattr(found, name) < 0]
    if attracting:
        found, _, _ = fit_parameters(observed, without=[*bent, *attracting])
    # Four decimals are finer than any standard error, and the same on every machine.
    return {f"choice.{name}": round(getattr(found, name), 4) for name in NAMES}


def linear_distance(vector: Vector, setting: Setting) -> Vector:
    """Disutility proportional to km, refitted."""
    return dict(setting.linear)


def without_peers(vector: Vector, setting: Setting) -> Vector:
    """Nobody joins a digital list because peers did; marketing makes up for it, the launch stays what it was.

    p' = p + q x PEERS_FELT, and the launch hazard p x launch is held: the list up to April 2019 stays about the same.
    """
    p, q, launch = (
        vector.get(key, own(setting.scenario, key)) for key in ("digital.marketing", PEERS[0], "digital.launch")
    )
    more = p + q * PEERS_FELT
    return {"digital.word_of_mouth": 0.0, "digital.marketing": more, "digital.launch": launch * p / more}


def single_moves(vector: Vector, setting: Setting) -> Vector:
    """Everybody moves and registers alone, children too."""
    return {"demography.children_follow": 0.0}


CHOICES = (
    Choice(
        "distance", "concave (logarithm and km) or linear (km alone, refitted on the region's register) disutility of distance",
        (Level("concave", _as_it_is(lambda setting: setting.linear)), Level("linear", linear_distance)),
    ),
    Choice(
        "peers", "with or without word of mouth among peers, each fitted to the digital list up to April 2019",
        (Level("with peers", _as_it_is(lambda _: PEERS)), Level("without peers", without_peers)),
    ),
    Choice(
        "moves", "families (children with their mothers) or everybody singly",
        (Level("families", _as_it_is(lambda _: MOVES)), Level("single", single_moves)),
    ),
)  # fmt: skip


def crossed(vectors: list[Vector], setting: Setting) -> Iterator[tuple[tuple[int, ...], int, Vector]]:
    """Every combination of submodels with every vector: (levels, position of the vector, all values)."""
    for levels in product(*(range(len(choice.levels)) for choice in CHOICES)):
        for position, vector in enumerate(vectors):
            values = dict(vector)
            for choice, level in zip(CHOICES, levels, strict=True):
                values |= choice.levels[level].change(vector, setting)
            yield levels, position, values
