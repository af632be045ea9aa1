"""Tables of the report: what differs from the baseline's scenario, measures with intervals, commissioners, parameters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from analysis.page import seeds_in_words, signed
from analysis.results import Ensemble, settings
from analysis.scenario_comparison import comparable, shared_seeds
from analysis.seeds import summed_up

WORDS = ("name", "title", "question", "against", "seed", "region", "months")
"""What a scenario says about itself or its run; no parameter of the model."""
LONGEST_LIST = 6


class Measure(NamedTuple):
    """One row of the table of measures: a column of the headline, in the unit shown."""

    column: str
    name: str
    unit: str
    scale: float
    form: str


MEASURES = (
    Measure("residents", "Residents", "people", 1, ",.0f"),
    Measure("registered", "Registered", "people", 1, ",.0f"),
    Measure("registered_resident_ratio", "Registered over resident", "ratio", 1, ".3f"),
    Measure("ghosts", "Ghosts: on a list, not there", "people", 1, ",.0f"),
    Measure("unregistered", "Residents on no list", "people", 1, ",.0f"),
    Measure("gross_misalignment", "Registered with another commissioner", "% of registered residents", 100, ".2f"),
    Measure("net_misalignment", "The net part of it", "% of registered residents", 100, ".2f"),
    Measure("registered_resident_ratio_sd", "Spread of registered over resident between commissioners", "points", 100, ".2f"),
    Measure("digital", "Patients of digital providers", "people", 1, ",.0f"),
    Measure("out_of_area_share", "Registered out of area", "% of patients", 100, ".2f"),
    Measure("misallocated", "Money not where residents' need is", "£m a year", 1e-6, ",.2f"),
    Measure("misplaced", "Money not where patients' need is", "£m a year", 1e-6, ",.2f"),
    Measure("mismatch_years", "Money late or early, since the start", "£m-years", 1e-6, ",.2f"),
    Measure("frail_mismatched", "Frail residents with another commissioner", "% of the frail", 100, ".2f"),
    Measure("satisfaction", "Satisfied", "% of patients", 100, ".1f"),
    Measure("travel_km", "Distance to the practice, conventional lists", "km", 1, ".2f"),
    Measure("low_reach", "With under half the mean of GPs within reach", "% of residents", 100, ".1f"),
    Measure("practices", "Practices", "number", 1, ",.0f"),
    Measure("mean_list", "Patients of a practice", "people", 1, ",.0f"),
    Measure("organisation_hhi", "Herfindahl index of organisations in a place", "of 10,000", 1e4, ",.0f"),
)  # fmt: skip


def of_shared_seeds(ensemble: Ensemble, against: Ensemble | None) -> Ensemble:
    """The runs of seeds the baseline was run with too, so that means are of the same; all where there are none."""
    shared = shared_seeds([ensemble, against]) if against else []
    return replace(ensemble, runs=tuple(run for run in ensemble.runs if run.seed in shared)) if shared else ensemble


def measures(ensemble: Ensemble, against: Ensemble | None) -> pd.DataFrame:
    """Every measure at the start, at the end with its range, and the difference to the baseline with its interval.

    Columns: ``measure`` (column of the headline), ``start``, ``end``, ``low``, ``high`` (range of the seeds at the
    end), ``baseline`` (NaN without), ``difference``, ``from``, ``to`` (95% interval of the difference paired by seed; NaN
    with fewer than three seeds shared). Everything is of the seeds shared with the baseline, where there are any.

    Raises:
        InputError: the baseline is of another region or other months.
    """
    ensemble = of_shared_seeds(ensemble, against)
    columns = [measure.column for measure in MEASURES]
    start = _scaled(ensemble, columns, str(ensemble.start))
    end = _scaled(ensemble, columns, str(ensemble.end))
    found = summed_up(end, ["measure"], "value").rename(columns={"mean": "end"})[["measure", "end", "low", "high"]]
    found.insert(1, "start", summed_up(start, ["measure"], "value")["mean"].to_numpy())
    if against is None:
        return found.assign(**{name: np.nan for name in ("baseline", "difference", "from", "to")})
    comparable([ensemble, against])
    both = end.merge(_scaled(against, columns, str(against.end)), on=["seed", "measure"], suffixes=("", "_base"))
    if both.empty:  # no seed is shared: means are compared, without an interval
        base = summed_up(_scaled(against, columns, str(against.end)), ["measure"], "value")["mean"].to_numpy()
        return found.assign(baseline=base, difference=found["end"] - base, **{"from": np.nan, "to": np.nan})
    both["difference"] = both["value"] - both["value_base"]
    paired = summed_up(both, ["measure"], "difference")
    found["baseline"] = summed_up(both, ["measure"], "value_base")["mean"].to_numpy()
    return found.assign(difference=paired["mean"], **{"from": paired["from"], "to": paired["to"]})


def _scaled(ensemble: Ensemble, columns: Sequence[str], month: str) -> pd.DataFrame:
    """Measures of one month in the units shown, one row for each seed and measure."""
    rows = ensemble.table("headline", columns, f"month = DATE '{month}'")
    for measure in MEASURES:
        rows[measure.column] = measure.scale * rows[measure.column].astype(float)
    return rows.melt(["seed"], list(columns), "measure", "value")


def commissioners(ensemble: Ensemble) -> pd.DataFrame:
    """People of each commissioner (fixed boundaries) at the end, means over seeds, widest gap in per cent first.

    Columns: ``commissioner``, ``residents``, ``registered``, ``gap_start``, ``gap`` (% of residents), ``ghosts``,
    ``unregistered``, ``net_flow`` (people), ``digital``, ``balance`` (money less cost of care, GBP m a year).
    """
    people = ["residents", "registered", "ghosts", "unregistered", "net_flow", "digital"]
    rows = {
        when: ensemble.table(
            "commissioners", ["commissioner", *people], f"boundaries = 'fixed' AND month = DATE '{month}'"
        )
        .groupby("commissioner")[people]
        .mean()
        for when, month in (("start", ensemble.start), ("end", ensemble.end))
    }
    found = rows["end"].copy()
    for column, frame in (("gap_start", rows["start"]), ("gap", rows["end"])):
        lived_in = frame["residents"].where(frame["residents"] > 0)
        found[column] = 100 * (frame["registered"] - frame["residents"]) / lived_in
    money = ensemble.ends("money", ["commissioner", "balance"])
    found["balance"] = 1e-6 * money[money["when"] == "end"].groupby("commissioner")["balance"].mean()
    found = found.rename_axis("commissioner").reset_index()
    return found.sort_values(["gap", "commissioner"], ascending=[False, True], na_position="last", ignore_index=True)


def differences(ensemble: Ensemble, against: Ensemble) -> list[tuple[str, str, str, str]]:
    """Parameters the two scenarios do not share: key, meaning, the baseline's value, this one's."""
    from model.scenario_files import parameters as known

    meanings = {parameter.key: parameter.meaning for parameter in known()}
    mine, base = settings(ensemble.manifest["scenario"]), settings(against.manifest["scenario"])
    keys = [key for key in {**mine, **base} if key not in (*WORDS, "timeline") and mine.get(key) != base.get(key)]
    return [(key, meanings.get(key, ""), value_in_words(base.get(key)), value_in_words(mine.get(key))) for key in keys]


def events(ensemble: Ensemble) -> list[tuple[str, str, str, str]]:
    """Policy events asked for: month, kind, what was set of them, and what came of it with the first seed."""
    rows = ensemble.runs[0].table("events", ("month", "number", "event", "outcome")).sort_values("number")
    acted: dict[tuple[str, str], list[str]] = {}
    for month, kind, outcome in zip(rows["month"], rows["event"], rows["outcome"], strict=True):
        acted.setdefault((f"{month:%Y-%m}", kind), []).append(outcome)
    found = []
    for event in ensemble.manifest["scenario"].get("timeline", []):
        more = [
            f"{key} {value_in_words(value)}" for key, value in event.items()
            if key not in ("event", "month") and value not in ("", [], None)
        ]  # fmt: skip
        when = (str(event.get("month", ""))[:7], str(event.get("event", "")))
        came = acted.get(when)
        found.append((*when, ", ".join(more), came.pop(0) if came else "outside the run: nothing"))
    return found


def parameters(ensemble: Ensemble) -> list[tuple[str, str, str, str, str, bool]]:
    """Every parameter: key, value, unit, meaning, source, and whether it is other than the default."""
    from model.scenario_files import parameters as known

    mine = settings(ensemble.manifest["scenario"])
    rows = []
    for parameter in known():
        if parameter.key in WORDS or parameter.key not in mine:
            continue
        value = value_in_words(mine[parameter.key])
        other = value != value_in_words(_plain(parameter.default))
        rows.append((parameter.key, value, parameter.unit, parameter.meaning, parameter.source, other))
    return rows


def value_in_words(value: Any) -> str:
    """A parameter's value as a reader sees it; long lists shortened."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        shown = [value_in_words(each) for each in value[:LONGEST_LIST]]
        more = f", \N{HORIZONTAL ELLIPSIS} ({len(value)} values)" if len(value) > LONGEST_LIST else ""
        return ", ".join(shown) + more
    if isinstance(value, float):
        return f"{value:.10g}"
    return "" if value is None else str(value)


def interval(low: float, high: float, form: str) -> str:
    """``from`` to ``to`` in words; empty where there is none."""
    return f"{signed(low, form)} to {signed(high, form)}" if np.isfinite(low) and np.isfinite(high) else ""


def runs_in_words(ensemble: Ensemble) -> str:
    """1 run, seed 1; 20 runs, seeds 1 to 20."""
    number = len(ensemble.runs)
    return f"{number} run{'s' if number > 1 else ''}, {seeds_in_words(ensemble.seeds)}"


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
