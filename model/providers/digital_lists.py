"""Lists of digital providers: what a practice's list becomes with one, and the local lists it is split into."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from model.providers.digital_provider import DigitalProvider
from model.providers.satisfaction import national_level

if TYPE_CHECKING:
    from model.model import RegistrationModel


def becomes_digital(model: RegistrationModel, practice: int) -> None:
    """A list seen on screens: as satisfied as such providers' patients are."""
    lists, s = model.lists, model.scenario.satisfaction
    usual = national_level(s, lists.start_month) + model.scenario.digital.satisfaction * s.spread
    lists.starting_satisfaction[practice] = min(usual, 0.99)
    lists.satisfaction[practice] = min(usual + lists.national, 0.99)


def leaves_the_street(model: RegistrationModel, practice: int) -> None:
    """A list that is digital from now on is no federation's or trust's; neither rivals nor extended access add to it."""
    lists = model.lists
    lists.federation[practice] = lists.trust[practice] = -1
    lists.quality_shift[practice] = model.practice_year.competition[practice] = 0.0


def split_list_of(model: RegistrationModel, provider: DigitalProvider, threshold: int) -> int:
    """Commissioners with more than ``threshold`` of a provider's patients get a list of their own; how many new ones.

    Where there is one already, those of its residents who are still on the provider's first list join it.
    """
    region, contracts = model.region, provider.contracts
    known = len(contracts)
    by_home = np.bincount(region.area_commissioner, provider.residents_by_area, len(region.commissioners))
    heirs = np.full(len(region.commissioners), -1, np.int32)
    for c in np.flatnonzero(by_home > threshold).tolist():
        if c == region.practice_commissioner[provider.host]:
            continue
        if c not in contracts:
            contracts[c] = _contract(model, provider, c)
        heirs[c] = contracts[c]
    if (heirs >= 0).any():
        model.transfers.split(provider.host, heirs)
    return len(contracts) - known


def _contract(model: RegistrationModel, provider: DigitalProvider, commissioner: int) -> int:
    """A list of the provider's own for a commissioner, where most of its patients there live: its position."""
    region = model.region
    here = region.area_commissioner == commissioner
    area = int(np.where(here, provider.residents_by_area, -1).argmax())
    local = model.open_practice(area, "digital", commissioner=commissioner, name=f"{provider.name} local")
    model.lists.provider[local] = provider.number
    becomes_digital(model, local)
    leaves_the_street(model, local)
    model.digital.tables.contract[provider.number][here] = local
    return local
