"""What if lists were split at 1,000? python -m analysis.examples.lists_split_at_1000 [REGION] [--out FOLDER]."""

# %% [markdown]
# # What if lists were split at 1,000?
#
# A digital provider's patients live all over a city and count to one commissioner. In 2019 NHS England announced that
# where a provider has more than 1,000 patients of one other commissioner, they would go to a list of its own there. Does
# that bring registration home, and how many contracts does it make? Here the threshold is 250, 500, 1,000, 2,000, or
# there is no such rule.

# %%
import argparse
import datetime
import sys
from pathlib import Path

import pandas as pd

from analysis.examples import told_in_a_line
from analysis.page import Page, heading, source
from analysis.results import read
from model.policy_digital import DigitalLaunch, ListSplit
from model.scenario_files import with_values
from runs import style
from runs.library import load
from runs.results_folder import choose_folder
from runs.run_command import simulate

parser = argparse.ArgumentParser(prog="python -m analysis.examples.lists_split_at_1000")
parser.add_argument("region", nargs="?", default="metro", help="a preset or a region folder [metro]")
parser.add_argument("--months", type=int, default=48, help="length of each run [48]")
parser.add_argument("--thresholds", type=int, nargs="+", default=[250, 500, 1000, 2000], help="patients")
parser.add_argument("--out", type=Path, help="new folder for results and the figure [results/lists-split-001]")
asked = parser.parse_args([] if "ipykernel" in sys.modules else None)

# %% [markdown]
# ## Five runs that differ in one rule
# The provider opens a month into the run and the rule takes effect half-way, to be looked at again every year. All runs
# share their births, moves and tastes, and are the same up to that month.


# %%
def after(months: int) -> datetime.date:
    """The month so many months after January 2021, in which the scenario begins."""
    return datetime.date(2021 + months // 12, months % 12 + 1, 1)


with told_in_a_line("lists_split_at_1000"):
    base = load("digital-entry", options={"region": asked.region, "months": asked.months})
    launch, rule_from = DigitalLaunch(month=after(1)), after(asked.months // 2)
    rules = {"never": [launch]} | {
        f"{threshold:,}": [launch, ListSplit(month=rule_from, threshold=threshold)] for threshold in asked.thresholds
    }
    out = choose_folder(asked.out, "lists-split")
    folders = [out / rule.replace(",", "") for rule in rules]
    for timeline, folder in zip(rules.values(), folders, strict=True):
        simulate(with_values(base, {"name": folder.name, "timeline": timeline}), folder, quiet=True)
    results = dict(zip(rules, read(folders), strict=True))

# %% [markdown]
# ## What it came to
# Crossing are residents registered with another commissioner than that of their home; contracts are the provider's lists
# with a patient on them.

# %%
lists = results["never"].table("providers", ["commissioner"], "kind = 'digital'")
if lists.empty:
    sys.exit("The run ends before the provider opens: give more --months.")
host = lists["commissioner"].iloc[0]
rows = []
for rule, result in results.items():
    end = f"month = DATE '{result.end}'"
    whole = result.table("headline", ["crossing", "gross_misalignment", "digital"], end).iloc[0]
    at_host = result.table(
        "commissioners", ["net_flow"], f"{end} AND boundaries = 'fixed' AND commissioner = '{host}'"
    ).iloc[0]
    contracts = len(result.table("providers", ["practice"], f"{end} AND kind = 'digital' AND list_size > 0"))
    rows.append(
        {
            "split above": rule,
            "contracts": contracts,
            "digital": int(whole["digital"]),
            "crossing": int(whole["crossing"]),
            "crossing %": round(100 * whole["gross_misalignment"], 2),
            "host's net flow": int(at_host["net_flow"]),
        }
    )
table = pd.DataFrame(rows).set_index("split above")
print(f"{results['never'].end:%B %Y}, rule from {rule_from:%B %Y} (people)")
print(table.to_string())
fewer = (table.loc["never", "crossing"] - table["crossing"]).drop("never")
print("\nFewer people registered across a border than without the rule:")
print(fewer.to_string())

# %% [markdown]
# ## The picture
# Where the lines part is where the rule acts. A split moves the contract and not the patient: they are with the provider
# as before, and counted where they live.

# %%
with style.look():
    best = fewer.idxmax()
    came = f"split above {best} patients, {fewer[best]:,} fewer, with {table.loc[best, 'contracts']} contracts"
    page = Page(
        f"What if digital lists were split? {results['never'].manifest['region']['name'].capitalize()}",
        f"Without the rule {table.loc['never', 'crossing']:,} people are registered across a border at the end;"
        f" {came if fewer[best] > 0 else 'no threshold makes them fewer'}.",
        source([results["never"]], "Rules differ in nothing but the threshold."),
        4.2,
    )
    left, right = page.grid(2, 2, right=0.5, across=1.6)
    heading(left, "Registered across a border", "% of registered residents")
    months = list(results["never"].table("headline", ["month"])["month"].dt.date)
    colours = [style.BLACK, style.BLUE, style.GREEN, style.ORANGE, style.VERMILLION, style.PURPLE]
    ends = []
    for (rule, result), colour in zip(results.items(), colours, strict=False):
        shares = 100 * result.table("headline", ["gross_misalignment"])["gross_misalignment"]
        left.plot(months, shares, color=colour, linewidth=1.8, gid=rule)
        ends.append((shares.iloc[-1], rule, colour))
    style.months_along(left, months, most=5)
    style.label_ends(left, ends)
    heading(right, "Contracts of the provider, by threshold", "lists with patients at the end")
    right.bar(table.index.tolist(), table["contracts"].tolist(), color=colours[: len(table)])
    right.yaxis.set_major_locator(style.few_ticks(6, whole=True))
    style.save(page.figure, out / "lists-split.png")
print(f"\nDrawn: {out / 'lists-split.png'}")
