"""Patterns P1 to P9, P19 to P21 and P24: practices, and why people choose, keep and leave them."""

from __future__ import annotations

from analysis.validation import measure_practices as measure
from analysis.validation.pattern import (
    CALIBRATED,
    ECHO,
    ENGLAND,
    PREDICTED,
    Measurement,
    Part,
    Pattern,
    about,
    at_least,
    between,
)

PAYMENTS = "NHS Payments to General Practice 2014/15-2022/23"
SANTOS = "Santos, Gravelle & Propper 2017"
_EXITS = "how many practices leave each year is an input; lists follow from it and from the people"
_OF_TIME = (("decade",), ("history",))
_ANY = (("decade",), ("history",), ("baseline",))

PATTERNS = (
    Pattern(
        "P1", "the mean list rises, the inequality of lists stays", "8%; 0.03", PAYMENTS,
        (
            Measurement(
                _ANY, measure.sizes,
                (
                    Part("mean", "mean list after eight years", *about(9620, 0.08, relative=True), "people", PREDICTED, _EXITS, ENGLAND),
                    Part("gini", "Gini coefficient of lists then", *about(0.33, 0.03), "index", PREDICTED, _EXITS, ENGLAND),
                    Part("gini_change", "change of the Gini coefficient over the run", *about(0.0, 0.03), "index", PREDICTED, _EXITS),
                ),
            ),
        ),
        "sizes of lists in later years, and what hangs on them (exits, concentration), are off",
    ),
    Pattern(
        "P2", "the number of practices falls", "0.7 points", PAYMENTS,
        (
            Measurement(
                (("decade",),), measure.fewer,
                (Part("change", "change of the number of practices a year, 2015-20", *about(-0.022, 0.007), "share", ECHO, "the yearly rate of leaving is an input", ENGLAND),),
            ),
        ),
        "how many leave each year is put in from the payments data, in which practices fell by 2.8% a year from 2014/15 to 2020/21: the target is of ten years, and this says no more than that",
    ),
    Pattern(
        "P3", "small practices exit", "ratio at least 8", PAYMENTS,
        (
            Measurement(
                _OF_TIME, measure.exits,
                (
                    Part("smallest", "smallest fifth leaving a year", *between(0.05, 0.12), "share", CALIBRATED, "slope on ln(list) fitted to the exits of 2014-2021"),
                    Part("ratio", "smallest over largest fifth", *at_least(17.5, 8), "ratio", CALIBRATED, "slope on ln(list) fitted to the exits of 2014-2021"),
                ),
            ),
        ),
        "who loses a practice in consolidation is wrong: exits fall on lists of the wrong size",
    ),
    Pattern(
        "P4", "lists of surviving practices grow unevenly", "1, 2 and 5 points", PAYMENTS,
        (
            Measurement(
                _ANY, measure.growth,
                (
                    Part("median", "growth of the median list a year", *about(0.01, 0.01), "share", PREDICTED, "nothing was set for it"),
                    Part("p5", "5th centile", *about(-0.03, 0.02), "share", CALIBRATED, "the spread of practices' fortunes was fitted to the growth of lists 2014/15 to 2019/20"),
                    Part("p95", "95th centile", *about(0.10, 0.05), "share", CALIBRATED, "the spread of practices' fortunes was fitted to the growth of lists 2014/15 to 2019/20"),
                ),
            ),
        ),
        "change of single lists from year to year is too even or too uneven: do not read single practices' paths",
    ),
    Pattern(
        "P5", "people change practice without moving", "7-16", "Nagraj et al. 2013, 8,450 practices",
        (
            Measurement(
                (("baseline",),), measure.switching,
                (
                    Part("mean", "changes of practice without a move a year", *(11.2, 7, 16), "per 1,000", ECHO, "the mean rate is a parameter"),
                    Part("skew", "mean over median practice (published 11.2 over 7.3)", *at_least(1.53, 1.05), "ratio", CALIBRATED, "follows from the slope on satisfaction"),
                    Part("median", "median practice", *(7.3, 4.6, 10.4), "per 1,000", CALIBRATED, "follows from the mean and the slope on satisfaction; the tolerance is ours, in the mean's proportion"),
                ),
            ),
        ),
        "voluntary switching, and so the speed at which quality moves lists, is off",
    ),
    Pattern(
        "P6", "more leave where few are satisfied", "2-5", "Nagraj et al. 2013",
        (
            Measurement(
                (("baseline",),), measure.switching,
                (Part("ratio", "switching at the 10th over the 90th centile of satisfaction", *(3.5, 2, 5), "ratio", ECHO, "the ratio is a parameter"),),
            ),
        ),
        "the ratio put in does not come out: look for an error",
    ),
    Pattern(
        "P7", "quality draws patients", "10-23%; 100-300 m", SANTOS,
        (
            Measurement(
                (("plain", "better"),), measure.quality,
                (
                    Part("chosen", "more people choosing a practice that became better by one SD", *(0.165, 0.10, 0.23), "share", CALIBRATED, "the utility of one SD lies between what this and the metres ask for"),
                    Part("list", "its list after two years", *(0.165, 0.10, 0.23), "share", CALIBRATED, "the published figure is of lists in equilibrium", judged=False),
                ),
            ),
            Measurement(
                (("baseline",),), measure.tastes,
                (
                    Part("metres", "distance one SD is worth, mean over the practices within reach", *(191, 100, 300), "metres", CALIBRATED, "the utility of one SD lies between what this and the response ask for"),
                    Part("metres_near", "the same at a trip of 1.2 km", *(191, 100, 300), "metres", CALIBRATED, "the published figure is at the mean of all pairs", judged=False),
                ),
            ),
        ),
        "where only the response of those who choose fails: each home has few practices within reach, movers lean to the one they have, and others became better too; policies that raise quality move choices by less than the study found, and lists by less still in two years, as few choose",
    ),
    Pattern(
        "P8", "commissioners' borders hold people back", "0.33-0.50", f"{SANTOS}, flows of 2010",
        (
            Measurement(
                (("baseline",),), measure.tastes,
                (
                    Part("odds", "odds of choosing across a border at equal distance, all that goes with it", *(0.41, 0.33, 0.50), "ratio", CALIBRATED, "borders and ties fitted to the stock of January 2021; the study knew no ties but the border"),
                    Part("odds_terms", "the same by the border terms alone", *(0.41, 0.33, 0.50), "ratio", CALIBRATED, "networks, ages and moves say part of what a border did", judged=False),
                ),
            ),
        ),
        "the model's border is that of the register of 2021, not that of the flows of 2010: whoever chooses anew is held back by more or less than then",
    ),
    Pattern(
        "P9", "most use a practice near home", "30-50%; 1-2.2 km", "register of January 2021",
        (
            Measurement(
                (("baseline",),), measure.trips,
                (
                    Part("nearest_all", "at the nearest practice, all, after five years", *(0.40, 0.30, 0.50), "share", CALIBRATED, "the choice model is fitted to the register the run begins with"),
                    Part("trip_all", "mean trip, urban homes, all", *(1.6, 1.0, 2.2), "km", CALIBRATED, "the choice model is fitted to the register the run begins with"),
                    Part("nearest_joiners", "at the nearest practice, who joined in the run", *(0.40, 0.30, 0.50), "share", PREDICTED, "their choices are the model's, among practices that have changed"),
                    Part("trip_joiners", "mean trip, urban homes, who joined in the run", *(1.6, 1.0, 2.2), "km", PREDICTED, "their choices are the model's, among practices that have changed"),
                ),
            ),
        ),
        "distances to new practices are off, and with them everything about access",
    ),
    Pattern(
        "P19", "weighted over raw lists spread with age", "0.03; 0.003", PAYMENTS,
        (
            Measurement(
                (("baseline",), ("history",)), measure.weights,
                (
                    Part("p5", "5th centile of practices' index", *about(0.85, 0.03), "index", PREDICTED, "medians and slopes on deprivation and rurality were calibrated, tails were not", ENGLAND),
                    Part("p95", "95th centile", *about(1.18, 0.03), "index", PREDICTED, "medians and slopes on deprivation and rurality were calibrated, tails were not", ENGLAND),
                    Part("slope", "index per point of patients aged 65 and over", *about(0.012, 0.003), "index", PREDICTED, "the weights by age are the formula's", ENGLAND),
                ),
            ),
        ),
        "payments to practices with very young or very old lists are off by a few per cent",
    ),
    Pattern(
        "P20", "growth costs satisfaction", "1 and 3 points", "Forbes et al. 2020",
        (
            Measurement(
                (("decade",), ("baseline",)), measure.congestion,
                (
                    Part("satisfaction", "satisfaction where lists grew by a fifth in five years, relative", *about(-0.022, 0.01), "share", CALIBRATED, "what falling continuity takes off satisfaction was fitted to it"),
                    Part("with_mergers", "satisfaction, growth by taking over lists counted too", *about(-0.022, 0.01), "share", CALIBRATED, "a list taken over brings its GPs", judged=False),
                    Part("continuity", "seeing the preferred doctor there, relative", *about(-0.066, 0.03), "share", CALIBRATED, "the fall with growth was computed from it"),
                ),
            ),
        ),
        "what growing lists do to satisfaction is off: where it is too little, policies that crowd practices look less harmful than they are",
    ),
    Pattern(
        "P21", "satisfaction falls, and is lower where people are deprived", "3 points", "GP Patient Survey",
        (
            Measurement(
                _ANY, measure.satisfied,
                (
                    Part("in_2020", "patients satisfied, survey of 2020", *about(0.82, 0.03), "share", ECHO, "the nation's trend is an input; congestion comes on top"),
                    Part("in_2022", "patients satisfied, survey of 2022", *about(0.72, 0.03), "share", ECHO, "the nation's trend is an input; congestion comes on top"),
                    Part("gap_start", "least less most deprived fifth of practices, start", *about(0.085, 0.03), "share", ECHO, "the gap at the start is an input"),
                    Part("gap_end", "the same when the run ends", *about(0.085, 0.03), "share", PREDICTED, "nothing holds it there"),
                ),
            ),
        ),
        "the level or the inequality of satisfaction drifts away from the survey's",
    ),
    Pattern(
        "P24", "rivals nearby raise quality a little", "positive, below 0.1 SD per SD", "Gravelle et al. 2019; Pike 2010",
        (
            Measurement(
                (("baseline",),), measure.rivals,
                (
                    Part("close", "satisfaction on rivals within 500 m, SD per SD", *between(0.0, 0.1), "index", ECHO, "size and sign are parameters", ENGLAND),
                    Part("near", "satisfaction on rivals within 3 km, SD per SD", *between(0.0, 0.1), "index", ECHO, "size and sign are parameters", ENGLAND),
                ),
            ),
        ),
        "competition moves quality more than studies find",
    ),
)  # fmt: skip
"""In the order of their numbers."""
