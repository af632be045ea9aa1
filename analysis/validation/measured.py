"""Every part of every pattern measured in the runs there are: mean over seeds, interval, verdict; or why it is not."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise

import pandas as pd

from analysis.seeds import summed_up
from analysis.validation.evidence import Told
from analysis.validation.pattern import SCOPES, Measurement, Part, Pattern
from analysis.validation.registry import PATTERNS, chosen

HOLDS, FAILS, NOT_MEASURED, SHOWN = "holds", "does not hold", "not measured", "shown"
"""``shown`` is a figure that is not judged."""
COLUMNS = (
    "pattern", "part", "statement", "what", "target", "low", "high", "unit", "label", "label_reason", "tolerance", "source",
    "simulated", "from", "to", "interval", "seeds", "verdict", "why", "situations", "months", "region", "scope", "model",
)  # fmt: skip
WITHIN = {"part": "any region", "london": "all of London", "england": "all of England"}


def measured(
    told: Mapping[str, Sequence[Told]], scopes: Mapping[str, str], absent: Mapping[str, str], model: str
) -> pd.DataFrame:
    """A row for every part of every pattern.

    Args:
        told: runs by situation, in the order of seeds.
        scopes: by situation, what its region holds all of (:data:`analysis.validation.pattern.SCOPES`).
        absent: by situation that cannot be run, why.
        model: version of the model the runs are of.

    Returns:
        :data:`COLUMNS`; ``from`` and ``to`` are the 95% interval of the mean by Student's t, with fewer than three seeds
        the range, as ``interval`` says.
    """
    rows = []
    for pattern in PATTERNS.values():
        for measurement in pattern.measurements:
            rows += _of_measurement(pattern, measurement, told, scopes, absent)
    return pd.DataFrame(rows, columns=COLUMNS).assign(model=model)


def _of_measurement(
    pattern: Pattern,
    measurement: Measurement,
    told: Mapping[str, Sequence[Told]],
    scopes: Mapping[str, str],
    absent: Mapping[str, str],
) -> list[dict[str, object]]:
    """A row a part of a pattern: its value over seeds and the verdict, or why it has none."""
    situations = chosen(measurement, told)
    if situations is None:
        wanted = dict.fromkeys(name for each in measurement.situations for name in each)
        why = "; ".join(dict.fromkeys(absent.get(name, "not run") for name in wanted))
        return [_row(pattern, part) | {"verdict": NOT_MEASURED, "why": why} for part in measurement.parts]
    runs = [told[name] for name in situations]
    first = runs[0][0]
    where = {
        "situations": " and ".join(situations),
        "months": first.wanted.scenario.months,
        "region": str(first.run.manifest["region"]["name"]),
        "scope": scopes[situations[0]],
    }
    found = []
    for of_one_seed in zip(*runs, strict=True):
        values = measurement.of(*of_one_seed)
        found += [
            {"seed": of_one_seed[0].seed, "part": part.key, "value": values[part.key]} for part in measurement.parts
        ]
    frame = pd.DataFrame(found)
    rows = []
    for part in measurement.parts:
        of_part = frame[frame["part"] == part.key]
        words = [value for value in of_part["value"] if isinstance(value, str)]
        numbers = of_part[[not isinstance(value, str) and math.isfinite(value) for value in of_part["value"]]]
        row = _row(pattern, part) | where
        if SCOPES.index(where["scope"]) < SCOPES.index(part.scope):
            row |= {"verdict": NOT_MEASURED, "why": f"the published figure is of {WITHIN[part.scope]}"}
        elif not len(numbers):
            row |= {"verdict": NOT_MEASURED, "why": words[0] if words else "the run shows no number for it"}
        else:
            row |= _summed_up(part, numbers.astype({"value": float}))
        rows.append(row)
    return rows


def _row(pattern: Pattern, part: Part) -> dict[str, object]:
    """What does not depend on runs."""
    return {
        "pattern": pattern.id, "part": part.key, "statement": pattern.statement, "what": part.what,
        "target": part.target, "low": part.low, "high": part.high, "unit": part.unit, "label": part.label,
        "label_reason": part.reason, "tolerance": pattern.tolerance, "source": pattern.source,
        "simulated": math.nan, "from": math.nan, "to": math.nan, "interval": "", "seeds": 0, "verdict": "", "why": "",
        "situations": "", "months": 0, "region": "", "scope": "", "model": "",
    }  # fmt: skip


def _summed_up(part: Part, values: pd.DataFrame) -> dict[str, object]:
    one = summed_up(values, ["part"], "value").iloc[0]
    by_t = math.isfinite(one["from"])
    low, high = (one["from"], one["to"]) if by_t else (one["low"], one["high"])
    verdict = (HOLDS if part.holds(float(one["mean"])) else FAILS) if part.judged else SHOWN
    seeds = int(one["seeds"])
    return {
        "simulated": float(one["mean"]), "from": float(low), "to": float(high), "seeds": seeds, "verdict": verdict,
        "interval": "95%" if by_t else "range" if seeds > 1 else "one seed",
    }  # fmt: skip


def verdict_of(rows: pd.DataFrame) -> str:
    """Verdict on a pattern from those on its parts: it holds where every part judged and measured does."""
    judged = rows[rows["verdict"].isin((HOLDS, FAILS))]["verdict"]
    if judged.empty:
        return NOT_MEASURED
    return FAILS if (judged == FAILS).any() else HOLDS


def by_pattern(frame: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Rows of each pattern, in the order of their numbers."""
    starts = [*frame.index[frame["pattern"] != frame["pattern"].shift()], len(frame)]
    return {str(frame["pattern"].iloc[a]): frame.iloc[a:b] for a, b in pairwise(starts)}
