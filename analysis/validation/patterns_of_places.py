"""Patterns P10 to P18, P22, P23 and P25: the digital provider, its host, commissioners and networks."""

from __future__ import annotations

import datetime

from analysis.published_history import Published
from analysis.validation import measure_digital as digital
from analysis.validation import measure_places as places
from analysis.validation.pattern import (
    CALIBRATED,
    ECHO,
    ENGLAND,
    LONDON,
    PREDICTED,
    Measurement,
    Part,
    Pattern,
    about,
    at_least,
    between,
)

_FITTED = "fitted to the provider's months up to April 2019"
_LATER = (
    "later than the months fitted; weak, for word of mouth was chosen knowing that another value overshoots this list"
)
_NOTHING_SET = "nothing was set for it"
_NOTHING_SET_BAND_OURS = f"{_NOTHING_SET}; the tolerance is ours"
_WEIGHTS_ASSUMED = "weights of need by age are an assumption from elsewhere"
_START_PUBLISHED = "lists and residents of the start are published"
_HISTORY = (("history",),)
_INDEX = ((2017, 1.02), (2018, 1.00), (2019, 0.90), (2020, 0.84), (2021, 0.81), (2022, 0.77))


def _published_list(when: str) -> tuple[float, float, float]:
    """Target and band of the provider's list in a month of :data:`analysis.validation.measure_digital.LISTS`: a quarter either side."""
    year, month = digital.LISTS[when]
    return about(Published().digital[datetime.date(year, month, 1)].value, 0.25, relative=True)


PATTERNS = (
    Pattern(
        "P10", "opening boundaries moves almost nobody without a digital provider", "0.3%",
        "Management in Practice 2018",
        (
            Measurement(
                (("decade",), ("history",), ("baseline",)), digital.out_of_area,
                (
                    Part("share", "conventional patients registered out of area after three years", *(0.0015, 0.0, 0.003), "share", PREDICTED, "the penalty was set to the pilot of 2012"),
                    Part("few", "practices with fewer than ten of them", *at_least(0.90, 0.90), "share", PREDICTED, "the penalty was set to the pilot of 2012"),
                ),
            ),
        ),
        "effects of opening boundaries alone are overstated",
    ),
    Pattern(
        "P11", "the digital list grows fast, then slower", "25%", "NHS Digital lists; the trade press",
        (
            Measurement(
                _HISTORY, digital.list_path,
                (
                    Part("opening", "list when it opens, November 2017", *_published_list("opening"), "people", CALIBRATED, _FITTED, LONDON),
                    Part("months_3", "after 3 months", *_published_list("months_3"), "people", CALIBRATED, _FITTED, LONDON),
                    Part("months_12", "after 12 months", *_published_list("months_12"), "people", CALIBRATED, _FITTED, LONDON),
                    Part("months_24", "after 24 months", *_published_list("months_24"), "people", PREDICTED, _LATER, LONDON),
                    Part("months_45", "after 45 months", *_published_list("months_45"), "people", PREDICTED, _LATER, LONDON),
                ),
            ),
        ),
        "how large a digital list becomes is off, and all that is proportional to it",
    ),
    Pattern(
        "P12", "its patients are aged 20 to 39", "5 points", "Pulse; GPonline 2017-2021",
        (
            Measurement(
                _HISTORY, digital.ages,
                (
                    Part("fitted", "aged 20 to 39, March 2019", *about(0.85, 0.05), "share", CALIBRATED, _FITTED, LONDON),
                    Part("later", "aged 20 to 39, January 2021", *about(0.85, 0.05), "share", PREDICTED, "later than the months fitted", LONDON),
                ),
            ),
        ),
        "the list ages too fast or too slowly: its payments and costs are off",
    ),
    Pattern(
        "P13", "many leave it again, and go back", "6 points", "HSJ 2019; Management in Practice; Pulse",
        (
            Measurement(
                _HISTORY, digital.churn,
                (
                    Part("left", "left by March 2019, of all who joined since July 2017", 0.265, 0.19, 0.34, "share", CALIBRATED, _FITTED, LONDON),
                    Part("early_back", "of those who leave early, back at the old practice within a year", *at_least(0.33, 0.27), "share", CALIBRATED, _FITTED, LONDON),
                    Part("ordinary_left", "left an ordinary list in London in sixteen months", 0.16, 0.06, 0.22, "share", PREDICTED, _NOTHING_SET, LONDON),
                    Part("ordinary_back", "of those, back within a year", *about(0.12, 0.06), "share", PREDICTED, _NOTHING_SET, LONDON),
                ),
            ),
        ),
        "where the part on ordinary lists fails, returning to an earlier practice after a move is too rare: the model understates ties to practices",
    ),
    Pattern(
        "P14", "its weighted over raw list falls from above one", "0.06", "NHS Payments to General Practice, E85124",
        (
            Measurement(
                _HISTORY, digital.weight_path,
                tuple(
                    Part(f"in_{year}", f"weighted over raw list, {year}/{year - 1999}", *about(index, 0.06), "index", PREDICTED, _NOTHING_SET, LONDON)
                    for year, index in _INDEX
                ),
            ),
        ),
        "the formula pays the provider too little in its first years: the model understates what its launch earned it, and is right once the list has matured",
    ),
    Pattern(
        "P15", "the host's registered people outgrow its residents", "+0.3 to +0.5",
        "payments over ONS residents",
        (
            Measurement(
                _HISTORY, places.host_jump,
                (
                    Part("host", "rise of registered over resident, host, three years", 0.42, 0.3, 0.5, "ratio", PREDICTED, "nothing was set for it beyond the list to April 2019", LONDON),
                    Part("others", "mean rise elsewhere, commissioners coterminous with authorities", *about(0.009, 0.02), "ratio", PREDICTED, "cleaning was set to England's total alone; the tolerance is ours", ENGLAND),
                ),
            ),
        ),
        "drift at the host, or everywhere else, is off: differences between scenarios suffer less than levels",
    ),
    Pattern(
        "P16", "registered over resident people spread apart", "0.02", "payments over ONS residents, 77 commissioners coterminous with authorities of their time; on the 87 of the 88 of April 2020 measured in a run whose data do not break (Isle of Wight) the same payments give SDs of 0.048 and 0.062, and London 0.062 above the rest",
        (
            Measurement(
                (("decade",), ("history",)), places.spread,
                (
                    Part("sd_2019", "SD between commissioners but for the host, 2019/20", *about(0.072, 0.02), "ratio", PREDICTED, _NOTHING_SET, ENGLAND),
                    Part("sd_all_2021", "SD of all commissioners, the host included, January 2021", *about(0.088, 0.02), "ratio", PREDICTED, "nothing was set for it; published: register over ONS mid-2020", ENGLAND),
                    Part("london", "London's mean less the rest's, 2019/20", *about(0.049, 0.02), "ratio", PREDICTED, _NOTHING_SET_BAND_OURS, ENGLAND),
                ),
            ),
            Measurement(
                (("decade",),), places.spread,
                (
                    Part("sd_2014", "SD in 2014/15", *about(0.052, 0.02), "ratio", ECHO, _START_PUBLISHED, ENGLAND),
                    Part("growth", "growth of the SD in five years", *about(0.020, 0.02), "ratio", PREDICTED, _NOTHING_SET, ENGLAND),
                ),
            ),
        ),
        "commissioners grow apart too fast or too slowly by themselves: rank them by change against a run without the policy, not by level",
    ),
    Pattern(
        "P17", "the host cares for people nobody has paid it for", "30%", "HSJ; GPonline; Pulse 2018-2019",
        (
            Measurement(
                _HISTORY, digital.liability,
                (
                    Part("price", "a patient from elsewhere and year, 2018/19 and 2019/20", 525, 450 * 0.7, 600 * 1.3, "pounds", PREDICTED, _WEIGHTS_ASSUMED, LONDON),
                    Part("in_2018", "unfunded in 2018/19, above that before the launch", *about(10.2, 0.3, relative=True), "million pounds", PREDICTED, _WEIGHTS_ASSUMED, ENGLAND),
                    Part("abroad", "care of its patients from outside the host's system, April 2019", *about(22.0, 0.3, relative=True), "million pounds", PREDICTED, _WEIGHTS_ASSUMED, LONDON),
                ),
            ),
        ),
        "pounds of unfunded liability are too high or too low by about as much; their sign, timing and place are not touched",
    ),
    Pattern(
        "P18", "more are registered than live in England, and ever more", "1 point", "Burch, Doran & Kontopantelis 2018; NHS Digital 2022",
        (
            Measurement(
                (("decade",), ("history",)), places.excess,
                (
                    Part("in_2014", "registered over resident less one, 2014", *about(0.039, 0.01), "share", ECHO, _START_PUBLISHED, ENGLAND),
                    Part("in_2020", "the same in 2020", *about(0.069, 0.01), "share", CALIBRATED, "list cleaning and returns were set so that it grows by half a point a year", ENGLAND),
                    Part("rise", "rise a year", *about(0.005, 0.002), "share", CALIBRATED, "list cleaning and returns were set to it; the tolerance is ours", ENGLAND),
                ),
            ),
        ),
        "the stock of ghosts, and the money that follows them, is off by about as much",
    ),
    Pattern(
        "P22", "networks hold 30,000 to 50,000, and their catchments resemble their lists", "8 points; 0.85-0.95", "Beaney et al. 2022, April 2021",
        (
            Measurement(
                _HISTORY, places.networks,
                (
                    Part("in_band", "networks of 30,000 to 50,000 patients", *about(0.561, 0.08), "share", PREDICTED, "networks are those the model forms; the range aimed at is the policy's", ENGLAND),
                    Part("correlation", "registered against catchment population, r", 0.91, 0.85, 0.95, "index", PREDICTED, _NOTHING_SET, LONDON),
                    Part("urban", "overlap of the two against urban patients, r: below 0", *between(-1.0, 0.0), "index", PREDICTED, _NOTHING_SET, ENGLAND),
                    Part("deprived", "overlap of the two against deprivation, r: below 0", *between(-1.0, 0.0), "index", PREDICTED, _NOTHING_SET, ENGLAND),
                ),
            ),
        ),
        "measures by network are off",
    ),
    Pattern(
        "P23", "mergers lower misalignment on current boundaries only", "direction", "mergers of April 2021",
        (
            Measurement(
                (("history",), ("baseline",)), places.merger,
                (
                    Part("current", "crossing on the boundaries of the day, April over March 2021", *between(-1.0, -0.01), "share", PREDICTED, "follows from adding up; nothing was set"),
                    Part("fixed", "crossing on fixed boundaries, April over March 2021", *about(0.0, 0.01), "share", PREDICTED, "follows from adding up; nothing was set"),
                ),
            ),
        ),
        "measures on the boundaries of the day are wrong: look for an error",
    ),
    Pattern(
        "P25", "insolvency freezes the list and strands few", "direction", "Pulse 2023",
        (
            Measurement(
                _HISTORY, digital.insolvency,
                (
                    Part("list", "list in January 2024, ten months after registration stopped", *about(100_000, 0.2, relative=True), "people", PREDICTED, _NOTHING_SET_BAND_OURS, LONDON),
                    Part("keeps", "the same over that of March 2023", 1.0, 0.9, 1.05, "share", PREDICTED, _NOTHING_SET_BAND_OURS, LONDON),
                    Part("stranded", "patients of the second city when it is given up, October 2023", 0.05, 0.025, 0.075, "share", PREDICTED, _NOTHING_SET_BAND_OURS, LONDON),
                ),
            ),
        ),
        "what an insolvency leaves behind is off in size; its direction is not touched where only the size fails",
    ),
)  # fmt: skip
"""In the order of their numbers."""
