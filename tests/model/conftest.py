"""Worlds for tests of the core: small enough for an agent each, or a town and a city for what needs numbers."""

import numpy as np
import pytest

from model.geography.open_region import open_region
from model.geography.region import LIST_BANDS, RESIDENT_BAND_LIMITS, RESIDENT_BANDS, Region
from model.geography.region_files import region_from_tables
from model.geography.synthesise import synthesise
from model.model import RegistrationModel
from model.scenario import Scenario
from model.scenario_files import with_values


@pytest.fixture(scope="session")
def town() -> Region:
    """36 areas of two authorities, 62,000 people."""
    return open_region("town")


@pytest.fixture(scope="session")
def metro() -> Region:
    """300 areas of five authorities, 516,000 people: enough rows that several threads share them."""
    return open_region("metro")


def thinned(preset: str, seed: int, part: int) -> Region:
    """A synthetic region with one in ``part`` of its people: residents, register, lists and components alike."""
    tables, about = synthesise(preset, seed)
    ages = {name: -(-column // part) for name, column in tables["population"].items() if name != "area"}
    tables["population"] = {"area": tables["population"]["area"], **ages}
    by_age = np.stack([ages[f"age_{a}"] for a in range(91)], axis=1)
    for band, (first, last) in zip(RESIDENT_BANDS, RESIDENT_BAND_LIMITS, strict=True):
        tables["areas"][f"residents_{band}"] = by_age[:, first : last + 1].sum(axis=1)
    register, practices = tables["registrations"], tables["practices"]
    register["patients"] = -(-register["patients"] // part)
    held = np.bincount(np.searchsorted(practices["practice"], register["practice"]), register["patients"])
    practices["list_size"] = held.astype(np.int64)
    for name in ("weighted_list", *(f"list_{band}" for band in LIST_BANDS)):
        practices[name] = np.floor(practices[name] / part)
    components = tables["components"]
    for name in set(components) - {"authority", "year"}:
        components[name] = components[name] // part
    return region_from_tables(tables, about)


@pytest.fixture(scope="session")
def thin_town() -> Region:
    """The town with a twelfth of its people: about 6,000, one Mesa agent each."""
    return thinned("town", 1, 12)


@pytest.fixture(scope="session")
def cache(tmp_path_factory):
    """Travel tables of this session."""
    return tmp_path_factory.mktemp("travel")


@pytest.fixture(scope="session")
def make_model(cache):
    """A factory of models on a region: parameters as ``RegistrationModel`` takes them."""

    def make(region: Region, scenario: Scenario | None = None, engine: str = "columns", **parameters):
        scenario = with_values(scenario or Scenario(), parameters)
        return RegistrationModel(scenario, region=region, engine=engine, travel_cache=cache)

    return make


@pytest.fixture(scope="module")
def ran(thin_town, make_model):
    """A factory of models of the thin town (or another region) after so many months of a timeline; each is made once."""
    kept: dict[str, RegistrationModel] = {}

    def run(*timeline, months: int = 1, region=thin_town, **parameters) -> RegistrationModel:
        key = repr((timeline, months, region.digest, sorted(parameters.items())))
        if key not in kept:
            kept[key] = make_model(region, Scenario(timeline=timeline), **parameters)
            for _ in range(months):
                kept[key].step()
        return kept[key]

    return run
