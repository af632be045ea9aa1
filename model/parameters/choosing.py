"""Parameters of the choice of a practice: utilities, boundaries, satisfaction."""

from __future__ import annotations

from model.parameters.writing import Section, by_age, parameter


class Choice(Section):
    """The multinomial logit of registration choice (ODD 7.16-7.18): utilities of a practice to a patient."""

    distance_log_urban: parameter(
        float, "per ln(1+km)", "urban homes", "fitted, register of January 2021", 0, 20
    ) = 1.695  # fmt: skip
    distance_log_rural: parameter(
        float, "per ln(1+km)", "rural homes", "fitted, register of January 2021", 0, 20
    ) = 1.862  # fmt: skip
    distance_km_urban: parameter(
        float, "per km", "urban homes", "fitted, register of January 2021", 0, 5
    ) = 0.291  # fmt: skip
    distance_km_rural: parameter(
        float, "per km", "rural homes", "fitted, register of January 2021", 0, 5
    ) = 0.341  # fmt: skip
    distance_density: parameter(
        float, "per ln(1+km) per ln(people)", "rise of the log term with the people around the home", "fitted, register of January 2021", -5, 5
    ) = 0.37  # fmt: skip
    distance_density_site: parameter(
        float, "per ln(1+km) per ln(people)", "rise of the log term with the people around the site", "fitted, register of January 2021", -5, 5
    ) = 0.415  # fmt: skip
    distance_list: parameter(
        float, "per ln(1+km) per ln(list)", "fall of the log term with the list", "fitted, register of January 2021", -5, 5
    ) = 0.421  # fmt: skip
    distance_detour: parameter(
        float, "per km", "network beyond the straight line", "fitted, register of January 2021", 0, 5
    ) = 0.0758  # fmt: skip
    distance_spacing: parameter(
        float, "per ln(1+km) per ln(km)", "fall of the log term with the km to the 8th nearest practice",
        "fitted, register of January 2021: adds nothing to the density of people", 0, 5,
    ) = 0.0  # fmt: skip
    border_site: parameter(
        float, "utility", "site lies in another commissioner's area", "fitted, register of January 2021: adds nothing to the border of authorities", -2, 5
    ) = 0.0  # fmt: skip
    border_membership: parameter(
        float, "utility", "practice belongs to another commissioner", "fitted, register of January 2021", -2, 5
    ) = 0.373  # fmt: skip
    border_authority: parameter(
        float, "utility", "site lies in another authority's area", "fitted, register of January 2021", -2, 5
    ) = 0.328  # fmt: skip
    network_tie: parameter(
        float, "utility", "share of the eight nearest practices that are in the same network", "fitted, register of January 2021", -5, 20
    ) = 0.674  # fmt: skip
    age_match: parameter(
        float, "per ln(likeness)", "likeness in age of the area's residents and the practice's patients", "fitted, register of January 2021", -5, 50
    ) = 6.43  # fmt: skip
    mobility_tie: parameter(
        float, "per ln(1+moves/0.1%)", "moves of home between the area and those around the site", "fitted, register of January 2021", -5, 5
    ) = 0.437  # fmt: skip
    older_distance: parameter(
        float, "ratio", "distance terms at 65 and over against under 65", "assumption", 0.5, 3
    ) = 1.15
    inertia: parameter(
        float, "utility", "of the present practice when reconsidering after a move", "assumption: about half of movers under 3 km stay",
        0, 20,
    ) = 2.0  # fmt: skip
    quality_weight: parameter(
        float,
        "utility per SD",
        "theta: utility of one SD of quality",
        "fitted to pattern P7, between its two findings: 16.5% more patients and 191 m per SD, Santos, Gravelle & Propper 2017",
        0,
        5,
    ) = 0.19
    quality_less_deprived: parameter(
        float,
        "ratio",
        "theta in the less deprived half over the mean",
        "Santos, Gravelle & Propper 2017: 0.00249 / 0.00222",
        0,
        3,
    ) = 1.12
    quality_more_deprived: parameter(
        float,
        "ratio",
        "theta in the more deprived half over the mean",
        "Santos, Gravelle & Propper 2017: 0.00144 / 0.00222",
        0,
        3,
    ) = 0.65
    congestion: parameter(
        float, "per ln(load)", "kappa: disutility of load beyond the starting load",
        "fitted, growth of lists in the year after GPs came or went, General Practice Workforce 2016 to 2020", 0, 10,
    ) = 0.1  # fmt: skip
    balanced: parameter(
        int, "", "1 = at the start lists grow as their neighbourhoods do; 0 = as the practice effects of lists make them", "assumption: growth is not the legacy of old choices",
        0, 1,
    ) = 1  # fmt: skip
    momentum: parameter(
        float, "ratio", "of a list's growth beyond its neighbours' in the year before that goes on at first and fades",
        "fitted, NHS Payments to General Practice 2014/15 to 2019/20 and lists of January and July 2021", 0, 2,
    ) = 0.74  # fmt: skip
    momentum_lasting: parameter(
        float,
        "ratio",
        "of the same growth that goes on and does not fade",
        "fitted, NHS Payments to General Practice 2014/15 to 2019/20 and lists of January and July 2021",
        0,
        1,
    ) = 0.21
    fortune_half_life: parameter(
        float, "months", "in which momentum and other ups and downs of a practice's appeal fade by half",
        "fitted, NHS Payments to General Practice 2014/15 to 2019/20 and lists of January and July 2021", 1, 240,
    ) = 6.0  # fmt: skip
    fortune_spread: parameter(
        float, "utility", "SD, in the long run, of ups and downs of a practice's appeal that nothing else in the model explains",
        "fitted, NHS Payments to General Practice 2014/15 to 2019/20: growth of lists has an SD of 3.2% a year", 0, 2,
    ) = 0.24  # fmt: skip
    candidates: parameter(
        int, "practices", "nearest practices considered", "99.0% of registrations, January 2021", 1, 200
    ) = 60


class Boundaries(Section):
    """Practice boundaries and registering out of area."""

    inner_share: parameter(
        float, "share", "of present patients living within the inner boundary", "assumption", 0.5, 1
    ) = 0.99
    outer_ratio: parameter(float, "ratio", "outer over inner boundary", "assumption", 1, 5) = 1.25
    smallest_km: parameter(float, "km", "smallest inner boundary", "assumption", 0, 20) = 1.0
    out_of_area_from: parameter(
        int, "year", "January from which practices may register out-of-area patients", "NHS England: from 5 January 2015",
        1900, 2200,
    ) = 2015  # fmt: skip
    out_of_area_practices: parameter(
        float, "share", "of practices that take out-of-area patients", "assumption: taking part is voluntary", 0, 1
    ) = 0.12
    out_of_area_penalty: parameter(
        float, "utility", "no home visits", "fitted to 26 joiners a practice in the pilot's year, PIRU 2014", 0, 20
    ) = 4.2
    work_candidates: parameter(int, "practices", "nearest the workplace considered", "assumption", 1, 60) = 12


class Satisfaction(Section):
    """Satisfaction of a practice's patients (GP Patient Survey, 'overall good')."""

    spread: parameter(float, "share", "SD between practices", "assumption", 0, 0.3) = 0.08
    congestion: parameter(
        float,
        "per ln(load)",
        "fall of the target with load",
        "assumption: a fifth more patients a GP would cost the 2.2% of Forbes et al. 2020 in full",
        0,
        1,
    ) = 0.10
    adjustment: parameter(float, "per year", "of the gap to the target closed", "assumption", 0, 1) = 0.2
    trend_years: by_age(int, "year", "of the surveys (January to March) that trend is given for", "GP Patient Survey", 1990, 2200) = (
        2012, 2018, 2019, 2020, 2021, 2022, 2023, 2024,
    )  # fmt: skip
    trend: by_age(float, "share", "of England's patients satisfied; between surveys on a line, outside them the nearest", "GP Patient Survey; 2023 and 2024 recalled", 0, 1) = (
        0.876, 0.84, 0.83, 0.82, 0.83, 0.72, 0.71, 0.74,
    )  # fmt: skip
    continuity_years: by_age(
        int, "year", "of the surveys that continuity is given for", "Health Equity Evidence Centre 2024, GP Patient Survey", 1990, 2200
    ) = (2017, 2023)  # fmt: skip
    continuity: by_age(
        float, "share", "of England's patients who mostly see the doctor they prefer; between surveys on a line", "Health Equity Evidence Centre 2024, GP Patient Survey", 0, 1
    ) = (0.56, 0.34)  # fmt: skip
    continuity_growth: parameter(
        float, "per ln(list growth)", "relative fall of continuity as a list grows", "computed: 6.6% less where lists grew by a fifth or more, Forbes et al. 2020", 0, 2
    ) = 0.25  # fmt: skip
    continuity_weight: parameter(
        float, "share per share", "fall of the target of satisfaction with the relative fall of continuity",
        "fitted to pattern P20: 2.2% less where lists grew by a fifth or more, Forbes et al. 2020", 0, 3
    ) = 1.0  # fmt: skip
    deprivation_gap: parameter(float, "share", "least less most deprived fifth of practices at the start", "Health Equity Evidence Centre 2024, GP Patient Survey: 8-9 points, the two most deprived fifths together; pattern P21", -0.5, 0.5) = 0.085  # fmt: skip
