"""What ``gpdrift bench`` found, set side by side: speeds, ratios, memory, phases, and the budgets beside them."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

BUDGETS = {
    "default run, first ever, s": (25.0, None),
    "default run, after, s": (5.0, None),
    "stepping, s": (40.0, 30.0),
    "peak memory, GB": (3.0, None),
    "loading, s": (15.0, 5.0),
    "state, bytes a patient": (20.0, None),
    "times the agents' speed": (500.0, None),
    "floors a month": (7.0, 5.0),
}
"""Budget and goal; those of the region given are for all England, 62 million patients, 120 months, on two cores."""
AT_LEAST = {"times the agents' speed"}
LEAST = (
    ("look", "of decide, the look", 1.0),
    ("decisions", "of decide, look and decisions", 1.0),
    ("reading", "of case-mix, the reading", 1 / 3),
)
"""Parts that were measured alone, what they are called, and how often a month does them. Decisions contain the look."""


def compared(found: dict[str, Any]) -> dict[str, Any]:
    """Add speeds and ratios to what was measured, and whether the two engines agreed."""
    agents = found["agents"]
    for run in [*found["runs"], *([agents] if agents else [])]:
        run["months_per_second"] = run["patient_months"] / run["stepping"]
        run["loading"] = sum(run["load"].values())
        run["month_seconds"] = run["stepping"] / run["months"]
        run["month_cpu"] = run["stepping_cpu"] / run["months"]
        if run["floor_seconds"]:
            run["floors"] = run["month_seconds"] / _mean(run["floor_seconds"])
            run["floors_cpu"] = run["month_cpu"] / _mean(run["floor_cpu"])
            run["least_month_seconds"] = sum(
                share * run["least"][name][0] for name, _, share in LEAST if name != "look"
            )
    engines_agree = None
    if agents:
        for run in found["runs"]:
            run["times_agents"] = run["months_per_second"] / agents["months_per_second"]
        same = found["runs"][0]["compared"]
        engines_agree = same["state"] == agents["compared"]["state"]
        found["runs"][0]["times_agents_same_months"] = agents["compared"]["seconds"] / same["seconds"]
    return found | {"engines_agree": engines_agree, "budgets": _budgets(found)}


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


def _budgets(found: dict[str, Any]) -> list[dict[str, Any]]:
    measured: dict[str, float] = {}
    if found["default_run"]:
        measured["default run, first ever, s"] = found["default_run"]["first"]
        measured["default run, after, s"] = found["default_run"]["after"]
    largest = found["runs"][-1]
    measured["state, bytes a patient"] = largest["state_bytes_per_row"]
    if found["whole_region"]:
        measured["stepping, s"] = largest["stepping"]
        measured["peak memory, GB"] = (largest["peak_memory"] or 0) / 1e9
        measured["loading, s"] = largest["loading"]
        if "times_agents" in largest:
            measured["times the agents' speed"] = largest["times_agents"]
        if "floors" in largest:
            measured["floors a month"] = largest["floors"]
    rows = []
    for what, (budget, goal) in BUDGETS.items():
        if what in measured:
            value = measured[what]
            met = value >= budget if what in AT_LEAST else value <= budget
            rows.append({"what": what, "measured": value, "budget": budget, "goal": goal, "met": met})
    return rows


def rendered(found: dict[str, Any]) -> str:
    """The figures as text."""
    parts = [_heading(found), _speeds(found), _loading(found), _phases(found), _default_run(found), _beside(found)]
    return "\n\n".join(part for part in parts if part)


def _heading(found: dict[str, Any]) -> str:
    about, run = found["about"], found["runs"][-1]
    machine = about["machine"]
    memory = f", {machine['memory'] / 2**30:.0f} GiB" if machine["memory"] else ""
    busy = f", load {machine['load']:.1f} at the end" if machine["load"] is not None else ""
    versions = ", ".join(f"{name} {number}" for name, number in about["versions"].items() if number)
    text = (
        "demography, ghosts, every reason to choose, practices, organisations, digital providers, trusts, money each"
        " quarter, collection each month, recording; timeline: " + (", ".join(run["events"]) or "no policy")
    )
    on = textwrap.fill(text, 118, initial_indent="  on:       ", subsequent_indent=" " * 12, break_on_hyphens=False)
    return "\n".join(
        [
            f"gpdrift bench: {about['scenario']}, {about['months']} months, {run['threads']} threads",
            on,
            f"  machine:  {machine['processor']}, {machine['cores']} cores{memory}, {machine['system']}{busy}",
            f"  versions: {versions}",
            f"  source:   {about['git_revision'] or 'not a checkout'}",
        ]
    )


def _speeds(found: dict[str, Any]) -> str:
    """A row a run, what the engines share, and what the columns of the table mean."""
    rows = [
        ("", "patients", "months", "stepping s", "ms a month", "million patient-", "times", "floors", "cpu", "peak",
         "process"),
        ("", "at the end", "", "", "", "months a second", "agents", "a month", "floors", "GB", "bytes/patient"),
    ]  # fmt: skip
    agents = found["agents"]
    for run in [*found["runs"], *([agents | {"name": f"{agents['name']}, agents"}] if agents else [])]:
        peak = run["peak_memory"] or 0
        rows.append(
            (
                run["name"],
                f"{run['patients_end']:,}",
                f"{run['months']}",
                f"{run['stepping']:.2f}",
                f"{1000 * run['month_seconds']:.1f}",
                f"{run['months_per_second'] / 1e6:.2f}",
                f"{run['times_agents']:,.0f}" if "times_agents" in run else "",
                f"{run['floors']:.1f}" if "floors" in run else "",
                f"{run['floors_cpu']:.1f}" if "floors_cpu" in run else "",
                f"{peak / 1e9:.2f}",
                f"{peak / run['patients_end']:,.0f}",
            )
        )
    lines = [_table(rows)]
    if agents:
        first = found["runs"][0]
        agree = "end in the same state, byte for byte" if found["engines_agree"] else "END IN DIFFERENT STATES"
        lines.append(
            f"On the same {agents['months']} months of {first['name']} the columns take 1/"
            f"{first['times_agents_same_months']:,.0f} of the agents' time, and both {agree}."
        )
    if not found["whole_region"]:
        lines.append("All England was left out: name its region folder with --region.")
    about = (
        f"State: {found['runs'][-1]['state_bytes_per_row']} bytes a patient. A floor is one bare pass over the same"
        " columns with one Philox block a patient, on the same threads. The look is the coarse test of everybody and the"
        " reading of the few it leaves; with decisions, these decide and nothing is kept; the reading is what a case-mix"
        " looks up of everybody. The least of this model is decisions and readings, were everything else free."
    )
    lines.append(textwrap.fill(about, 118))
    return "\n".join(lines)


def _loading(found: dict[str, Any]) -> str:
    rows = [("loading, s", "imports", "region", "travel (kept)", "patients", "all", "recording", "writing")]
    for run in found["runs"]:
        load = run["load"]
        parts = (load["importing"], load["region"], load["travel"], load["patients"], run["loading"])
        rows.append((run["name"], *(f"{seconds:.2f}" for seconds in (*parts, run["recording"], run["writing"]))))
    return _table(rows)


def _phases(found: dict[str, Any]) -> str:
    """Milliseconds a month by phase, wall time and, of the largest, share and processor time."""
    runs = found["runs"]
    largest = runs[-1]
    names = list(largest["phases"])
    rows = [("ms a month by phase", *(run["name"] for run in runs), "share", "processor ms")]
    for name in names:
        wall = [1000 * run["phases"].get(name, (0.0, 0.0))[0] / run["months"] for run in runs]
        share = largest["phases"][name][0] / largest["stepping"]
        processor = 1000 * largest["phases"][name][1] / largest["months"]
        rows.append((name, *(f"{ms:.2f}" for ms in wall), f"{share:.1%}", f"{processor:.1f}"))
    rows.append(
        (
            "all",
            *(f"{1000 * run['month_seconds']:.2f}" for run in runs),
            "100%",
            f"{1000 * largest['month_cpu']:.1f}",
        )
    )
    if largest["floor_seconds"]:
        floors = (f"{1000 * _mean(run['floor_seconds']):.2f}" for run in runs)
        rows.append(("the floor", *floors, "", f"{1000 * _mean(largest['floor_cpu']):.1f}"))
        for name, label, a_month in LEAST:
            walls = (f"{1000 * a_month * run['least'][name][0]:.2f}" for run in runs)
            rows.append((label, *walls, "", f"{1000 * a_month * largest['least'][name][1]:.1f}"))
        walls = (f"{1000 * run['least_month_seconds']:.2f}" for run in runs)
        rows.append(("the least of this model", *walls, "", ""))
    return _table(rows)


def _default_run(found: dict[str, Any]) -> str:
    run = found["default_run"]
    if not run:
        return ""
    return (
        f"gpdrift run as it is (synthetic metro, {run['months']} months): {run['first']:.1f} s the first time ever, "
        f"{run['after']:.1f} s after; compiling takes {run['compiling']:.1f} s of the first."
    )


def _beside(found: dict[str, Any]) -> str:
    rows = [("budgets (all England, 120 months, 2 cores)", "measured", "budget", "goal", "")]
    for row in found["budgets"]:
        sign = ">=" if row["what"] in AT_LEAST else "<="
        goal = f"{sign} {row['goal']:g}" if row["goal"] is not None else ""
        verdict = "met" if row["met"] else "NOT met"
        rows.append((row["what"], f"{row['measured']:.4g}", f"{sign} {row['budget']:g}", goal, verdict))
    text = _table(rows)
    largest = found["runs"][-1]
    if found["whole_region"] and "least_month_seconds" in largest:
        text += "\n" + textwrap.fill(_limits(largest), 118)
    return text


def _limits(run: dict[str, Any]) -> str:
    """What the budgets of speed leave, on this machine, for all that is not looking, deciding and reading."""
    least, month = run["least_month_seconds"], run["month_seconds"]
    text = f"Nothing but looking, deciding and reading would take {least * run['months']:.1f} s of stepping on this machine."
    floors, _ = BUDGETS["floors a month"]
    allowed = floors * _mean(run["floor_seconds"])
    room = f"would have {1000 * (allowed - least):.0f}" if allowed > least else "would have no time at all"
    return text + (
        f" {floors:g} floors are {1000 * allowed:.0f} ms a month: those three take {1000 * least:.0f} ms, and all the"
        f" rest, which takes {1000 * (month - least):.0f} ms, {room}."
    )


def _table(rows: Sequence[tuple[str, ...]]) -> str:
    """Columns side by side: the first to the left, the others to the right."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)
