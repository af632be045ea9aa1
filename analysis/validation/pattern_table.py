"""The pattern table in words: on the screen, as JSON and in Markdown."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from analysis.validation.measured import FAILS, HOLDS, NOT_MEASURED, SHOWN, by_pattern, verdict_of
from analysis.validation.pattern import PREDICTED
from runs.experiment_report import aligned

MARKS = {HOLDS: "holds", FAILS: "FAILS", NOT_MEASURED: "-", SHOWN: "(shown)"}


def number(value: float, unit: str) -> str:
    """A value as its unit is read; empty where there is none, a word where it has no end."""
    if math.isnan(value):
        return ""
    if math.isinf(value):
        return "any"
    return {
        "share": f"{100 * value:.2f}%",
        "people": f"{value:,.0f}",
        "metres": f"{value:,.0f} m",
        "km": f"{value:.2f} km",
        "pounds": f"\N{POUND SIGN}{value:,.0f}",
        "million pounds": f"\N{POUND SIGN}{value:,.1f}m",
        "per 1,000": f"{value:.1f}",
        "ratio": f"{value:.3f}" if abs(value) < 10 else f"{value:.1f}",
        "index": f"{value:.3f}",
    }[unit]


def band(row: Any) -> str:
    """What is accepted."""
    if math.isinf(row["high"]):
        return f"at least {number(row['low'], row['unit'])}"
    return f"{number(row['low'], row['unit'])} to {number(row['high'], row['unit'])}"


def interval(row: Any) -> str:
    """From and to, where there are several seeds."""
    if row["seeds"] < 2:
        return ""
    return f"{number(row['from'], row['unit'])} to {number(row['to'], row['unit'])}"


def render(frame: pd.DataFrame) -> str:
    """The table for a screen: a line a pattern, under it a line a part, and why where a part is not measured."""
    cells = [["", "published", "accepted", "simulated", "interval", "seeds", "label", ""]]
    why = [""]
    for name, rows in by_pattern(frame).items():
        cells.append([f"{name:<4}{rows['statement'].iloc[0]}", *[""] * 6, verdict_of(rows)])
        why.append("")
        for _, row in rows.iterrows():
            told = row["verdict"] != NOT_MEASURED
            cells.append(
                [
                    f"      {row['what']}", number(row["target"], row["unit"]), band(row),
                    number(row["simulated"], row["unit"]), interval(row) if told else "",
                    str(row["seeds"]) if told else "", row["label"], MARKS[row["verdict"]],
                ]
            )  # fmt: skip
            why.append(f"  {row['why']}" if row["why"] else "")
    return "\n".join(line + words for line, words in zip(aligned(cells), why, strict=True))


def counts(frame: pd.DataFrame) -> dict[str, Any]:
    """Patterns by verdict, and of those whose predicted parts alone are taken."""

    def tally(rows: pd.DataFrame) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {HOLDS: [], FAILS: [], NOT_MEASURED: []}
        for name, of_pattern in by_pattern(rows.reset_index(drop=True)).items():
            found[verdict_of(of_pattern)].append(name)
        return found

    return {"all": tally(frame), PREDICTED: tally(frame[frame["label"] == PREDICTED])}


def summary(frame: pd.DataFrame) -> str:
    """Two lines: how many patterns hold, and how many by evidence."""
    lines = []
    for kind, words in (("all", "Patterns"), (PREDICTED, "By predicted parts alone, which are the evidence")):
        found = counts(frame)[kind]
        failing = f" ({', '.join(found[FAILS])})" if found[FAILS] else ""
        absent = f", {len(found[NOT_MEASURED])} not measured here" if found[NOT_MEASURED] else ""
        lines.append(f"{words}: {len(found[HOLDS])} hold, {len(found[FAILS])} do not{failing}{absent}.")
    return "\n".join(lines)


def as_json(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows with null where there is no number."""
    rows: list[dict[str, Any]] = frame.to_dict(orient="records")
    return [{k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in row.items()} for row in rows]
