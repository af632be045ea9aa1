"""The section on uncertainty of the validation page, from ``uncertainty.parquet`` and ``uncertainty.json``."""

from __future__ import annotations

import json
from pathlib import Path

from analysis.uncertainty.split import ABOUT, FIGURE, TABLE
from analysis.uncertainty.words import cells
from analysis.validation.markdown import markdown_table
from runs.experiment_tables import read_frame


def section(folder: Path) -> str:
    """The section in Markdown; empty where the folder has no split of uncertainty."""
    table, about = folder / TABLE, folder / ABOUT
    if not (table.is_file() and about.is_file()):
        return ""
    rows, told = read_frame(table), json.loads(about.read_text("utf-8"))
    choices = "; ".join(f"*{name}*: {choice['means']}" for name, choice in told["choices"].items())
    parts = [
        "## Uncertainty: seeds, parameters, submodels",
        f"{told['scenario']} against {told['against']} in {told['place']}, {told['months']} months to {told['month']}:"
        f" {told['combinations']} combinations of submodels x {told['vectors']} accepted vectors of parameters"
        f" x {told['seeds']} seeds, model {told['model']}. Submodels, equally credible: {choices}.",
        "Shares of the variance of a run with a random combination (law of total variance; mean squares of the crossed table,"
        " Cornfield & Tukey 1956), ± standard error by jackknife over vectors and seeds. *seeds* includes whatever chance does"
        " differently in another vector or submodel. Estimates below zero are shown as 0%. \"95% of runs\" is over all of it.",
        "### The effect of the policy",
        markdown_table(cells(rows, "difference")),
        "### The level itself",
        markdown_table(cells(rows, "level")),
    ]  # fmt: skip
    if (folder / FIGURE).is_file():
        parts.append(f"![Share of the variance by source]({FIGURE})")
    return "\n\n".join(parts)
