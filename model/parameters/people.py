"""Parameters of the people: births, deaths, migration, ghosts, registering, work."""

from __future__ import annotations

from model.parameters.writing import Section, by_age, parameter


class Demography(Section):
    """Births, deaths and migration. Where a region has published components they set the level by authority."""

    move_ages: by_age(int, "years", "first age of each band of move_rates", "assumption", 0, 90) = (
        0, 15, 20, 25, 30, 35, 45, 65, 85,
    )  # fmt: skip
    move_rates: by_age(
        float, "per year", "address changes by age band", "assumption: rounded national profile, +/-20%", 0, 1
    ) = (
        0.09, 0.14, 0.30, 0.25, 0.16, 0.09, 0.045, 0.025, 0.05,
    )  # fmt: skip
    same_zone_share: parameter(
        float, "share", "of moves inside an authority, those that stay in the MSOA", "assumption", 0, 1
    ) = 0.35
    neighbourhood_growth: parameter(
        float,
        "per year",
        "of what lists around an area grew in the year before beyond the authority's, how much the area goes on growing",
        "fitted, lists of January and July 2021",
        -2,
        2,
    ) = 0.53
    gravity_exponent: parameter(
        float, "", "exponent of distance in moves the destination table does not cover", "assumption", 0, 4
    ) = 1.3
    gravity_offset_km: parameter(float, "km", "added to distance in gravity", "assumption", 0.1, 100) = 5.0

    death_ages: by_age(int, "years", "ages at which death_rates are given", "assumption", 0, 110) = (
        0, 1, 14, 20, 30, 40, 50, 60, 65, 70, 75, 80, 85, 90, 95, 105,
    )  # fmt: skip
    death_rates: by_age(
        float, "per year", "death probability, persons", "assumption: rounded life table of 2018, +/-10%", 0, 1
    ) = (
        0.0039, 0.0001, 0.0001, 0.0003, 0.0006, 0.0012, 0.0025, 0.0060, 0.0095, 0.015, 0.025, 0.045, 0.081, 0.14,
        0.24, 0.50,
    )  # fmt: skip
    death_male: parameter(float, "ratio", "male over persons death rate under 85", "assumption", 0.5, 2) = 1.2
    death_female: parameter(float, "ratio", "female over persons death rate under 85", "assumption", 0.5, 2) = 0.82
    death_most_deprived: parameter(
        float, "ratio", "most deprived tenth, ages 35-74", "assumption: rounded national gradient", 1, 3
    ) = 1.6
    death_least_deprived: parameter(
        float, "ratio", "least deprived tenth, ages 35-74", "assumption: rounded national gradient", 0.3, 1
    ) = 0.7

    fertility_from_age: parameter(int, "years", "first age of fertility_rates", "ONS fertility 2017", 10, 20) = 14
    fertility_rates: by_age(float, "births per 1,000 women", "by single year of age", "ONS fertility 2017", 0, 300) = (
        0.2, 1.0, 3.6, 10.2, 17.5, 28.9, 38.7, 45.4, 54.4, 60.0, 68.6, 77.1, 86.1, 98.1, 104.8, 110.4, 113.2, 116.0,
        114.0, 106.9, 98.6, 88.8, 76.9, 64.2, 51.6, 41.1, 30.0, 20.7, 13.1, 7.5, 4.3, 5.9,
    )  # fmt: skip
    female_ages: by_age(int, "years", "ages at which female_shares are given", "ONS mid-2020 estimates", 0, 110) = (
        0, 20, 40, 60, 70, 80, 90, 100,
    )  # fmt: skip
    female_shares: by_age(float, "share", "women among residents by age", "ONS mid-2020 estimates, rounded", 0, 1) = (
        0.487, 0.487, 0.503, 0.508, 0.520, 0.555, 0.660, 0.800,
    )  # fmt: skip
    births_male_share: parameter(
        float, "share", "of births that are boys", "ONS births, 105 boys to 100 girls", 0.4, 0.6
    ) = 0.512
    children_follow: parameter(
        float, "share", "children who move and register with their mother; the others live by their own draws",
        "assumption: under 18s live with their mothers; 0 = everybody moves singly", 0, 1,
    ) = 1.0  # fmt: skip

    emigration_rate: parameter(
        float, "per year", "emigrants per resident", "ONS components of change, 2019", 0, 0.2
    ) = 0.0060
    emigration_ages: by_age(int, "years", "first age of each band of emigration_profile", "assumption", 0, 90) = (
        0, 16, 25, 35, 50, 65,
    )  # fmt: skip
    emigration_profile: by_age(float, "relative rate", "emigration by age band", "assumption", 0, 10) = (
        0.5, 1.5, 2.6, 1.2, 0.5, 0.15,
    )  # fmt: skip
    immigration_rate: parameter(
        float, "per year", "immigrants per resident", "ONS components of change, 2019", 0, 0.2
    ) = 0.0096
    immigration_ages: by_age(
        float, "share", "immigrants in the nine migration age bands, both sexes", "Census 2011", 0, 1
    ) = (0.0533, 0.0858, 0.0770, 0.2187, 0.3154, 0.1535, 0.0657, 0.0215, 0.0094)  # fmt: skip
    short_term_per_immigrant: parameter(
        float, "ratio", "short-term migrants (leave within a year) per immigrant", "assumption", 0, 2
    ) = 0.25
    short_term_months: parameter(float, "months", "mean stay of a short-term migrant", "assumption", 1, 12) = 8.0
    internal_rate: parameter(
        float,
        "per year",
        "moves across authority borders per resident where none are published",
        "ONS components of change, 2019",
        0,
        0.5,
    ) = 0.0589


class Ghosts(Section):
    """Who is behind the excess of registered over resident, and how it changes (ODD 7.3, 7.12)."""

    excess_by_age: by_age(
        float, "share", "registered over resident less 1 at 0-17, 18-49, 50-64, 65+, where lists have no ages",
        "computed: lists of April 2020 over ONS mid-2020 estimates", -0.5, 2,
    ) = (0.015, 0.130, 0.054, 0.012)  # fmt: skip
    unregistered: parameter(float, "share", "residents not on any list", "assumption: prior 1-3%", 0, 0.2) = 0.02
    unregistered_by_age: by_age(
        float, "relative", "unregistered at 0-17, 18-49, 50-64, 65+ against the mean", "assumption", 0, 5
    ) = (0.5, 1.6, 0.7, 0.4)  # fmt: skip
    census_error: parameter(
        float,
        "multiple of SD",
        "true over census-based residents: 0 = best estimate, 1 = a draw from the prior (for ensembles)",
        "assumption: single runs show the best estimate, ensembles its error",
        0,
        3,
    ) = 0.0
    census_sd: parameter(
        float, "share", "SD of true over census-based residents by authority", "assumption: prior", 0, 0.5
    ) = 0.03
    census_sd_mobile: parameter(
        float, "share", "the same in the most mobile authorities", "assumption: prior", 0, 0.5
    ) = 0.10
    census_sd_by_age: by_age(
        float,
        "relative",
        "SD of true over census-based residents at 0-17, 18-49, 50-64, 65+ against the SD above",
        "assumption: young adults are the hardest to count",
        0,
        5,
    ) = (0.3, 1.3, 0.6, 0.2)
    mobile_share: parameter(
        float, "share", "of authorities counted as mobile (highest share aged 20-34)", "assumption: prior", 0, 1
    ) = 0.1
    emigrated: parameter(
        float, "relative", "initial ghosts who emigrated, against the sum of the three classes", "assumption", 0, 1
    ) = 0.70
    short_term: parameter(
        float, "relative", "initial ghosts who were short-term migrants, likewise", "assumption", 0, 1
    ) = 0.18
    duplicate: parameter(
        float, "relative", "initial ghosts who are duplicate or dead, likewise", "assumption", 0, 1
    ) = 0.12
    emigrants_deregistered: parameter(
        float, "share", "emigrants who tell their practice", "assumption, with cleaning fitted to pattern P18", 0, 1
    ) = 0.12
    short_term_deregistered: parameter(
        float, "share", "short-term migrants who tell their practice", "assumption", 0, 1
    ) = 0.12
    deaths_unrecorded: parameter(float, "share", "deaths that stay on a list", "assumption", 0, 1) = 0.01
    cleaning_by_age: by_age(
        float, "per year", "ghosts removed by list cleaning at 0-17, 18-49, 50-64, 65+", "fitted to pattern P18", 0, 1
    ) = (0.06, 0.008, 0.02, 0.06)  # fmt: skip
    returning: parameter(float, "per year", "emigrated ghosts who come back", "assumption", 0, 1) = 0.01


class Registration(Section):
    """When a patient reconsiders: lags after a move, first registration, voluntary switching."""

    contact_months: by_age(
        float,
        "months",
        "mean time from a move to the next contact, women at 0-17, 18-34, 35-64, 65+",
        "assumption: longest for young men",
        0.5,
        60,
    ) = (3.0, 5.0, 4.0, 2.5)  # fmt: skip
    contact_months_men: by_age(
        float, "months", "the same, men", "assumption: longest for young men", 0.5, 60
    ) = (3.0, 10.0, 7.0, 3.0)  # fmt: skip
    registers_on_arrival: parameter(
        float, "share", "immigrants who register in the month they arrive", "assumption", 0, 1
    ) = 0.6
    first_registration_months: parameter(
        float,
        "months",
        "mean wait of a resident who is on no list",
        "assumption: 0 = the wait that keeps the initial stock steady",
        0,
        600,
    ) = 0.0
    seeking_months: parameter(
        float, "months", "mean time to register of somebody who lost a practice", "assumption", 0.5, 60
    ) = 3.0
    switching: parameter(
        float, "per year", "voluntary change without address change, mean practice", "Nagraj et al. 2013", 0, 0.2
    ) = 0.0112
    switching_satisfaction_ratio: parameter(
        float, "ratio", "exit rate at low (10th centile) over high (90th) satisfaction", "Nagraj et al. 2013", 1, 10
    ) = 3.46
    list_turnover: parameter(
        float,
        "per year",
        "joiners over list; sets the steady state of tenures",
        "assumption: 8-9% nationally",
        0.01,
        0.5,
    ) = 0.085


class Work(Section):
    """Where working-age adults work: a synthetic commuting model, since no workplace register is in the data."""

    employed: parameter(
        float, "share", "of ages 18-64 who work outside the home area", "ONS Labour Force Survey, about 75%", 0, 1
    ) = 0.75
    typical_km: parameter(
        float, "km", "e-folding distance of commuting", "fitted to a mean of 15 km, Census 2011", 1, 100
    ) = 9.0
