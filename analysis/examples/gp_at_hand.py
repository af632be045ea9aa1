"""What GP at Hand did to Hammersmith & Fulham: python -m analysis.examples.gp_at_hand [REGION] [--out FOLDER]."""

# %% [markdown]
# # What GP at Hand did to Hammersmith & Fulham
#
# In 2017 one practice in Fulham began to register people from all of London by app. Whoever joined stayed where they
# lived, and left the list of a practice near home. Hammersmith & Fulham, where the list is held, was from then on
# responsible for them. This lesson runs that history twice, with the provider and without it. Births, moves and tastes
# are shared by both runs: the difference between them is what the provider did.
#
# The history needs England, or London with Birmingham, as of April 2017. It is made once from the folder of open data:
# `gpdrift region import FOLDER --month 2017-04 --out england-2017`. Without it the lesson is played in the built-in
# metro, a made-up city, with the scenario `digital-entry`.

# %%
import argparse
import datetime
import sys
from pathlib import Path

from analysis.examples import told_in_a_line
from analysis.page import Page, heading, months_of, pounds, source
from analysis.published_history import HOST, published
from analysis.results import read
from model.geography.synthesise import PRESETS
from model.policy_digital import DigitalLaunch
from model.scenario_files import with_values
from runs import style
from runs.library import load
from runs.results_folder import choose_folder
from runs.run_command import simulate

parser = argparse.ArgumentParser(prog="python -m analysis.examples.gp_at_hand")
parser.add_argument("region", nargs="?", default="metro", help="region folder of April 2017 [the built-in metro]")
parser.add_argument("--months", type=int, help="length of the runs [as long as the history; 48 in a made-up city]")
parser.add_argument("--out", type=Path, help="new folder for results and the figure [results/gp-at-hand-001]")
asked = parser.parse_args([] if "ipykernel" in sys.modules else None)

# %% [markdown]
# ## Two histories
# `load` reads a scenario of the library. In the made-up city the provider opens in the fourth month.

# %%
made_up = asked.region in PRESETS
with told_in_a_line("gp_at_hand"):
    out = choose_folder(asked.out, "gp-at-hand")
    if made_up:
        print(
            f"No region of April 2017 given: the made-up region {asked.region} and the scenario digital-entry instead."
        )
        print("Make one with: gpdrift region import FOLDER --month 2017-04 --out england-2017\n")
        options = {"region": asked.region, "months": 48 if asked.months is None else asked.months}
        launch = DigitalLaunch(month=datetime.date(2021, 4, 1))
        entered = with_values(load("digital-entry", options=options), {"timeline": [launch]})
        without = load("baseline", options=options)
    else:
        options = {"region": asked.region} | ({"months": asked.months} if asked.months is not None else {})
        entered = load("history-2017-2021", options=options)
        without = load("history-2017-2021-no-digital", options=options)
    for name, scenario in (("with", entered), ("without", without)):
        simulate(scenario, out / name, quiet=True)
    entry, alone = read([out / "with", out / "without"])

# %% [markdown]
# ## The host's list grows, its people do not
# The provider's list is held with one commissioner, its host. `registered` counts the patients on the host's lists,
# `residents` the people who live there. Both runs start from the same people.

# %%
lists = entry.table("providers", where="kind = 'digital'")
if lists.empty:
    sys.exit("The run ends before the provider opens: give more --months.")
host = lists["commissioner"].iloc[0]
of_host = f"boundaries = 'fixed' AND commissioner = '{host}'"
columns = ["month", "residents", "registered", "digital"]
story = entry.table("commissioners", columns, of_host).drop(columns="seed").set_index("month")
story["registered_without"] = alone.table("commissioners", columns, of_host).set_index("month")["registered"]
story["due_to_it"] = story["registered"] - story["registered_without"]
print(f"{entry.short_name(host)}, host of the provider's list (people)")
print(story[story.index.isin([*story.index[::12], story.index[-1]])].to_string(), "\n")

# %% [markdown]
# ## Whose patients they are
# They still live where they lived. Each is paid for by the host, and looked after by the local authority of their home.

# %%
homes = entry.table("digital_homes", ["month", "home_commissioner", "patients", "aged_20_39"])
homes = homes[homes["month"] == homes["month"].max()].groupby("home_commissioner")[["patients", "aged_20_39"]].sum()
total = int(homes["patients"].sum())
away = total - int(homes["patients"].get(host, 0))
top = homes.sort_values("patients", ascending=False).head(8)
print(f"Homes of the provider's {total:,} patients at the last quarter day")
print(top.rename(index=entry.short_name).to_string())
print(
    f"Living outside the host: {away / max(total, 1):.1%}. Aged 20-39: {homes['aged_20_39'].sum() / max(total, 1):.1%}\n"
)

# %% [markdown]
# ## What it costs the host
# Money follows lists about a year late. What the host's present patients need beyond the money it has for them is its
# unfunded liability; below zero it has more than they need. What the provider adds is the difference of the two runs.

# %%
money = entry.table("money", ["month", "unfunded"], f"commissioner = '{host}'").set_index("month")["unfunded"]
money_without = alone.table("money", ["month", "unfunded"], f"commissioner = '{host}'").set_index("month")["unfunded"]
print(
    f"Unfunded liability of the host at the last quarter day: {pounds(money.iloc[-1])},"
    f" without the provider {pounds(money_without.iloc[-1])}: it adds {pounds(money.iloc[-1] - money_without.iloc[-1])}"
)

# %% [markdown]
# ## The picture
# The gap that opens between the two lines of registered people is the provider's. Where the host is Hammersmith &
# Fulham, dots are what was published.

# %%
with style.look():
    last = story.iloc[-1]
    page = Page(
        f"What one digital provider did to {entry.short_name(host)}",
        f"Of {last['registered']:,.0f} people on its lists at the end {last['due_to_it']:,.0f} are there because the"
        f" provider came; {away / max(total, 1):.0%} of the provider's patients live elsewhere.",
        source([entry, alone], "Dots: published." if host == HOST else ""),
        4.2,
    )
    left, right = page.grid(2, 2, left=0.9, right=0.4, across=3.0)
    heading(left, "Registered and resident people of the host", "thousands")
    months = months_of(entry)
    lines = [
        ("registered", "with it", style.BLUE, "-"),
        ("registered_without", "without it", style.BLUE, "--"),
        ("residents", "residents", style.GREY, "-"),
    ]
    for name, _, colour, dashes in lines:
        left.plot(months, story[name] / 1000, dashes, color=colour, linewidth=1.8, gid=name)  # type: ignore[arg-type]
    if host == HOST:
        for year, figure in published(None).host_registered.items():
            day = datetime.date(year + 1, 1, 1) if year < 2018 else datetime.date(year, 10, 1)
            if months[0] <= day <= months[-1]:
                left.plot(day, figure.value / 1000, "o", color=style.BLUE)  # type: ignore[arg-type]
    style.months_along(left, months, most=5)
    style.label_ends(left, [(story[name].iloc[-1] / 1000, label, colour) for name, label, colour, _ in lines])
    heading(right, "Where its patients live", "patients at the last quarter day")
    colours = [style.GREY if home == host else style.ORANGE for home in top.index[::-1]]
    right.barh(
        [style.shortened(entry.short_name(home), 2.0, 9) for home in top.index[::-1]],
        top["patients"][::-1],
        color=colours,
    )
    right.xaxis.set_major_locator(style.few_ticks(4))
    right.xaxis.set_major_formatter("{x:,.0f}")
    style.save(page.figure, out / "gp-at-hand.png")
print(f"Drawn: {out / 'gp-at-hand.png'}")
