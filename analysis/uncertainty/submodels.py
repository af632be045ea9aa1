"""The submodels that are exchanged, each for one as credible: how distance, peers and families are thought of.

Each choice has two levels, the model's own first. A level is a change of parameters laid on a vector. An alternative is
given what its estimation gives it, not the values of the submodel it replaces: otherwise the two would differ in fit, not
in thought.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from typing import NamedTuple

from model.scenario import Scenario

Vector = dict[str, float]


class Level(NamedTuple):
    """One way to think of it."""

    name: str
    change: Callable[[Vector, Scenario], Vector]
    """Values laid over a vector's, which may read it and the scenario."""


class Choice(NamedTuple):
    """What is thought of in two ways."""

    name: str
    means: str
    levels: tuple[Level, Level]


LINEAR = {
    "choice.distance_log_urban": 0.0,
    "choice.distance_log_rural": 0.0,
    "choice.distance_density": 0.0,
    "choice.distance_density_site": 0.0,
    "choice.distance_list": 0.0,
    "choice.distance_detour": 0.0,
    "choice.distance_km_urban": 0.720,
    "choice.distance_km_rural": 0.433,
    "choice.border_membership": 0.389,
    "choice.border_authority": 0.223,
    "choice.network_tie": 0.983,
    "choice.age_match": 7.02,
    "choice.mobility_tie": 0.755,
}
"""Where distance acts by the km alone: the likeliest values on England's register of January 2021 with all other terms of
distance left out, by the same fit as the model's own (common part of commuters 0.764 against 0.791)."""
PEERS_FELT = 0.008
"""Share of peers that word of mouth acted through, on average up to April 2019: with marketing raised by q times it and no
word of mouth, the list of history-2017-2021 in London and Birmingham has the same 43,900 patients in March 2019."""


def _as_it_is(keys: tuple[str, ...]) -> Callable[[Vector, Scenario], Vector]:
    """The scenario's own values of some keys, unless the vector has them: every point names the same keys."""

    def change(vector: Vector, scenario: Scenario) -> Vector:
        return {key: vector.get(key, own(scenario, key)) for key in keys}

    return change


def own(scenario: Scenario, key: str) -> float:
    """The scenario's value of a parameter."""
    section, name = key.split(".")
    return float(getattr(getattr(scenario, section), name))


PEERS = ("digital.word_of_mouth", "digital.marketing", "digital.launch")
MOVES = ("demography.children_follow",)


def linear_distance(vector: Vector, scenario: Scenario) -> Vector:
    """Disutility proportional to km, refitted on the same register."""
    return dict(LINEAR)


def without_peers(vector: Vector, scenario: Scenario) -> Vector:
    """Nobody joins a digital list because peers did; marketing makes up for it, the launch stays what it was.

    p' = p + q x PEERS_FELT, and the launch hazard p x launch is held: the list up to April 2019 stays about the same.
    """
    p, q, launch = (vector.get(key, own(scenario, key)) for key in ("digital.marketing", PEERS[0], "digital.launch"))
    more = p + q * PEERS_FELT
    return {"digital.word_of_mouth": 0.0, "digital.marketing": more, "digital.launch": launch * p / more}


def single_moves(vector: Vector, scenario: Scenario) -> Vector:
    """Everybody moves and registers alone, children too."""
    return {"demography.children_follow": 0.0}


CHOICES = (
    Choice(
        "distance", "concave (logarithm and km) or linear (km alone) disutility of distance",
        (Level("concave", _as_it_is(tuple(LINEAR))), Level("linear", linear_distance)),
    ),
    Choice(
        "peers", "with or without word of mouth among peers, each fitted to the digital list up to April 2019",
        (Level("with peers", _as_it_is(PEERS)), Level("without peers", without_peers)),
    ),
    Choice(
        "moves", "families (children with their mothers) or everybody singly",
        (Level("families", _as_it_is(MOVES)), Level("single", single_moves)),
    ),
)  # fmt: skip


def crossed(vectors: list[Vector], scenario: Scenario) -> Iterator[tuple[tuple[int, ...], int, Vector]]:
    """Every combination of submodels with every vector: (levels, position of the vector, all values)."""
    for levels in product(*(range(len(choice.levels)) for choice in CHOICES)):
        for position, vector in enumerate(vectors):
            values = dict(vector)
            for choice, level in zip(CHOICES, levels, strict=True):
                values |= choice.levels[level].change(vector, scenario)
            yield levels, position, values
