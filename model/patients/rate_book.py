"""Monthly hazards of a year, solved so that authorities match their published components.

Shapes by age are national; an authority's level is a factor on them. Factors are solved on the people who live there
when the year begins: factor = published count of the year / count the shapes alone would give.
"""

from __future__ import annotations

import numpy as np

from model.geography.region import Region
from model.patients.rates import BINS, CLASSES, OLDEST, Rates, by_single_year, coarse_bound, monthly
from model.scenario import Scenario


def death_rates(scenario: Scenario) -> np.ndarray:
    """Yearly death probability by sex, age and deprivation decile, float64[2, 111, 10].

    Log-linear between the ages given (0 counts as one in a billion next to another rate); the deprivation gradient is
    full at 35-74 and fades to none at 0 and 95.
    """
    d = scenario.demography
    age = np.arange(OLDEST + 1)
    persons = np.exp(np.interp(age, d.death_ages, np.log(np.maximum(d.death_rates, 1e-9))))
    persons = np.where(np.interp(age, d.death_ages, d.death_rates) > 0.0, persons, 0.0)
    sex = np.stack([np.where(age < 85, d.death_male, 1.1), np.where(age < 85, d.death_female, 0.95)])
    most, least = np.log(d.death_most_deprived), np.log(d.death_least_deprived)
    gradient = np.exp(np.linspace(most, least, 10)[None, :] * np.interp(age, [0, 35, 74, 95], [0.5, 1, 1, 0])[:, None])
    return np.minimum(persons[None, :, None] * sex[:, :, None] * gradient[None, :, :], 0.9)


def published(region: Region, name: str, year: int) -> np.ndarray | None:
    """A component of change by authority for the year (or the nearest published one), float64[L]; NaN where absent."""
    if region.components is None:
        return None
    years = region.components["years"]
    column = int(np.abs(years - year).argmin())
    counts = region.components[name][:, column].astype(np.float64)
    return np.where(counts < 0, np.nan, counts)


def level(target: np.ndarray | None, expected: np.ndarray, default: float = 1.0) -> np.ndarray:
    """Published over expected count by authority, float64[L]; ``default`` where none is published (None, NaN).

    Where nobody is expected it is 0.
    """
    if target is None:
        return np.full(len(expected), default)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(expected > 0, target / expected, 0.0)
    return np.where(np.isnan(target), default, ratio)


class RateBook:
    """Builds the :class:`Rates` of a year and holds what policy may change about them."""

    def __init__(self, region: Region, scenario: Scenario) -> None:
        """Shapes by age from the scenario; levels are solved by :meth:`of_year`."""
        self.region, self.scenario = region, scenario
        d, g, r = scenario.demography, scenario.ghosts, scenario.registration
        self._death = death_rates(scenario)
        self._emigrate = d.emigration_rate * by_single_year(d.emigration_ages, d.emigration_profile)
        self._move = by_single_year(d.move_ages, d.move_rates)
        self._birth = np.zeros(OLDEST + 1)
        ages = d.fertility_from_age + np.arange(len(d.fertility_rates))
        self._birth[ages] = np.asarray(d.fertility_rates) / 1000.0
        # Under 18s follow their mothers and do not start families of their own; levels put their births (0.7%) on others.
        self._birth[:18] = 0.0
        bands = (0, 18, 35, 65)
        self._contact = 1.0 / np.stack(
            [by_single_year(bands, r.contact_months_men), by_single_year(bands, r.contact_months)]
        )
        self._clean = by_single_year((0, 18, 50, 65), g.cleaning_by_age)
        self._cleaning_ratio = 1.0
        self._in_error = np.zeros(OLDEST + 1)
        self._joining = np.zeros(OLDEST + 1)
        self._leaving = 0.0
        self._may_switch = 1.0
        self.first_wait_months = r.first_registration_months

    def clean_lists(self, ratio: float, rates: Rates, false_removals: float = 0.0) -> None:
        """Remove ghosts at so many times the scenario's rate from now on: in the rates given and in those of later years.

        It takes the place of what was said before, so that 1 is back to the scenario's rate.

        ``false_removals`` is the share a year of adults who are present and yet taken off their list.
        """
        self._cleaning_ratio = ratio
        self._in_error = monthly(np.where(np.arange(OLDEST + 1) >= 18, false_removals, 0.0))
        rates.clean[:] = self._cleaning()
        rates.in_error[:] = self._in_error
        rates.bound[:] = self._bound(rates)

    def with_digital(self, joining: np.ndarray, leaving: float) -> None:
        """Bounds a month on joining a digital provider by age, float64[111], and on leaving one."""
        self._joining, self._leaving = joining, leaving

    def _bound(self, rates: Rates) -> np.ndarray:
        return coarse_bound(rates, self._joining, self._leaving)

    def _cleaning(self) -> np.ndarray:
        return monthly(np.minimum(self._clean * self._cleaning_ratio, 0.999))

    def set_first_wait(self, unlisted: float, immigrants: float) -> None:
        """Where the scenario gives no wait for a first registration, take the one that keeps the stock steady.

        Inflow is the immigrants who do not register at once; those who leave the country again leave the stock too.
        """
        if self.scenario.registration.first_registration_months > 0 or unlisted <= 0:
            return
        d = self.scenario.demography
        inflow = immigrants / 12.0 * (1.0 - self.scenario.registration.registers_on_arrival)
        hazard = inflow / unlisted - 1.5 * d.emigration_rate / 12.0
        self.first_wait_months = 1.0 / float(np.clip(hazard, 1.0 / 600.0, 1.0))

    def set_may_switch(self, listed: float, settled: float) -> None:
        """Let rates of switching be those of everybody on a list: the settled, who alone switch, do so for the others.

        Args:
            listed: patients on lists at the start.
            settled: of them, those who live where the list says: no ghosts, nobody who has yet to tell a move.
        """
        self._may_switch = settled / listed if settled > 0 else 1.0

    def _switch(self, switching: np.ndarray) -> np.ndarray:
        return monthly(switching / self._may_switch)

    def with_switching(self, rates: Rates, switching: np.ndarray) -> None:
        """Set voluntary switching a year by practice, float64[P], and the bound that goes with it, in place."""
        rates.switch[:] = self._switch(switching)
        rates.bound[:] = self._bound(rates)

    def of_year(self, year: int, people: np.ndarray, deciders: np.ndarray, switch: np.ndarray) -> Rates:
        """Rates of a year, given the residents at its start.

        Args:
            year: the year to June whose published components set the levels; the nearest one where it has none.
            people: residents, int64[L, 2, 111, 10] by authority, sex, age and deprivation decile.
            deciders: residents by authority and the age of whoever decides their moves, int64[L, 111].
            switch: voluntary switching a year by practice, float64[P].
        """
        d, g = self.scenario.demography, self.scenario.ghosts
        region = self.region
        death, emigrate, move = monthly(self._death), monthly(self._emigrate), monthly(self._move)
        women = people[:, 1].sum(axis=2).astype(np.float64)
        deaths = 12.0 * np.einsum("lsad,sad->l", people, death)
        moves = 12.0 * deciders @ move
        residents = people.sum(axis=(1, 2, 3)).astype(np.float64)
        across_target = published(region, "internal_out", year)
        if across_target is None:
            across_target = residents * d.internal_rate if len(region.authorities) > 1 else np.zeros_like(residents)
        across = level(across_target, moves, 0.0)
        rates = Rates(
            death=death,
            death_level=level(published(region, "deaths", year), deaths),
            emigrate=emigrate,
            emigrate_level=level(published(region, "international_out", year), 12.0 * deciders @ emigrate),
            move=move,
            across_level=across,
            within_level=np.maximum(1.0 - across, 0.1),
            birth=self._birth / 12.0,
            birth_level=level(published(region, "births", year), women @ self._birth),
            short_term_leaves=1.0 / d.short_term_months,
            contact=np.minimum(self._contact, 1.0),
            first=np.array([1.0 / max(self.first_wait_months, 1.0)]),
            seek=1.0 / max(self.scenario.registration.seeking_months, 1.0),
            switch=self._switch(switch),
            in_error=self._in_error.copy(),
            clean=self._cleaning(),
            returning=float(monthly(g.returning)),
            emigrants_deregistered=g.emigrants_deregistered,
            short_term_deregistered=g.short_term_deregistered,
            deaths_unrecorded=g.deaths_unrecorded,
            female_at_birth=1.0 - d.births_male_share,
            children_follow=d.children_follow,
            bound=np.zeros((CLASSES, BINS), np.uint32),
        )
        rates.bound[:] = self._bound(rates)
        return rates

    def immigrants(self, year: int, residents: np.ndarray) -> np.ndarray:
        """Immigrants of a year by authority, float64[L]: published, or the national rate on residents."""
        target = published(self.region, "international_in", year)
        default = residents * self.scenario.demography.immigration_rate
        return default if target is None else np.where(np.isnan(target), default, target)
