"""What the app says about one commissioner or practice, the table of commissioners, and the figures of the month."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from model.errors import InputError
from model.month_measures import measures_of
from model.provider_rows import kinds

if TYPE_CHECKING:
    from model.model import RegistrationModel

Facts = list[tuple[str, str]]

COLUMNS = (
    ("name", "Commissioner"), ("residents", "Residents"), ("registered", "Registered"), ("gap", "Gap"),
    ("gap_share", "Gap, %"), ("inflow", "In"), ("outflow", "Out"), ("ghosts", "Ghosts"),
)  # fmt: skip
"""Columns of the table of commissioners: key and heading."""


def commissioner_rows(model: RegistrationModel) -> list[dict[str, Any]]:
    """One row a commissioner, with its code, the columns of COLUMNS and ``gap`` = registered less resident."""
    region, measured = model.region, measures_of(model).commissioners
    rows = []
    for number, code in enumerate(region.commissioners.tolist()):
        residents, registered = int(measured["residents"][number]), int(measured["registered"][number])
        rows.append(
            {
                "code": code,
                "name": region.name_of(code),
                "residents": residents,
                "registered": registered,
                "gap": registered - residents,
                "gap_share": 100 * (registered - residents) / residents if residents else None,
                "inflow": int(measured["inflow"][number]),
                "outflow": int(measured["outflow"][number]),
                "ghosts": int(measured["ghosts"][number]),
            }
        )
    return sorted(rows, key=lambda row: -abs(row["gap"]))


def month_facts(model: RegistrationModel) -> Facts:
    """The figures of the month shown at the top."""
    headline = measures_of(model).headline
    return [
        ("Residents", f"{headline['residents']:,}"),
        ("Registered", f"{headline['registered']:,}"),
        ("Registered elsewhere", f"{headline['crossing']:,}"),
        ("Ghosts", f"{headline['ghosts']:,}"),
        ("Digital patients", f"{headline['digital']:,}"),
    ]


def commissioner_facts(model: RegistrationModel, number: int) -> Facts:
    """What is known of a commissioner, as (label, value)."""
    region, measured = model.region, measures_of(model)
    row = {name: values[number] for name, values in measured.commissioners.items()}
    money = {name: values[number] for name, values in measured.quarter.commissioners.items()}
    flows = measured.true
    away, here = flows[number].copy(), flows[:, number].copy()
    away[number] = here[number] = 0
    practices = int(((region.practice_commissioner == number) & model.lists.exists).sum())
    gap = int(row["registered"] - row["residents"])
    facts = [
        ("Commissioner", f"{region.name_of(str(region.commissioners[number]))} ({region.commissioners[number]})"),
        ("Residents", f"{row['residents']:,}"),
        ("Registered with its practices", f"{row['registered']:,}"),
        ("Gap", f"{_signed(gap)} = net flow {_signed(row['net_flow'])} + ghosts {row['ghosts']:,} \N{MINUS SIGN} on no list {row['unregistered']:,}"),
        ("Come from elsewhere", f"{row['inflow']:,}{_most(model, here, ', most from ')}"),
        ("Go elsewhere", f"{row['outflow']:,}{_most(model, away, ', most to ')}"),
        ("Registered with it and living in it", f"{100 * row['retention']:.1f}% of its registered residents"),
        ("Digital patients on its lists", f"{row['digital']:,}; of its residents {row['digital_residents']:,}"),
        ("Practices", f"{practices:,}"),
    ]  # fmt: skip
    return [
        *facts,
        (
            "Money of the year",
            f"{_pounds(money['money'])}; the care its real patients need: {_pounds(money['activity'])}",
        ),
        ("Balance", f"{_pounds(money['balance'])} a year"),
    ]


def practice_facts(model: RegistrationModel, number: int) -> Facts:
    """What is known of a practice, as (label, value)."""
    region, practice = model.region, model.practices[number]
    if not practice.exists and not practice.list_size:
        return [
            ("Practice", f"{practice.name} ({practice.code})"),
            ("On the books", "no: closed, merged or not yet open"),
        ]
    kind = {"gp": "GP practice", "digital": "digital provider", "trust": "run by a hospital trust"}
    federation = int(model.lists.federation[number])
    return [
        ("Practice", f"{practice.name} ({practice.code})"),
        ("Kind", kind[str(kinds(model)[number])]),
        ("Counts to", region.name_of(practice.commissioner)),
        ("List", f"{_counted(practice.list_size, 'patient')}; of them {_counted(practice.ghosts, 'ghost')} and {practice.out_of_area:,} out of area"),
        ("Joined last month", f"{int(model.lists.joiners[number]):,}"),
        ("GPs", f"{practice.gps_fte:.1f} full-time equivalents"),
        ("Patients per GP", f"{practice.load:,.0f}" if practice.gps_fte > 0 else "no GPs published"),
        ("Satisfied", f"{100 * practice.satisfaction:.0f}% of patients" if practice.list_size else "no patients to ask"),
        ("Takes new patients", "yes" if practice.is_open else "no, the list is closed"),
        ("Boundary", "anybody within reach of its sites" if practice.provider_kind == "digital" else f"takes new patients within {practice.inner_boundary_km:.1f} km, keeps movers within {practice.outer_boundary_km:.1f} km"),
        ("Takes out-of-area patients", "yes: all who join count as such" if practice.provider_kind == "digital" else "yes" if practice.takes_out_of_area else "no"),
        ("Federation", model.federations[federation].name if federation >= 0 else "none"),
    ]  # fmt: skip


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def practice_named(model: RegistrationModel, text: str) -> int:
    """Position of a practice by code, or by name or a part of one.

    Raises:
        InputError: no practice is called so, or several are.
    """
    region, wanted = model.region, text.strip().casefold()
    codes = [code.casefold() for code in region.practices.tolist()]
    if wanted in codes:
        return codes.index(wanted)
    there = [i for i in range(len(codes)) if model.lists.exists[i] or model.lists.size[i]]
    found = [i for i in there if wanted and wanted in str(region.practice_names[i]).casefold()]
    exact = [i for i in found if str(region.practice_names[i]).casefold() == wanted]
    if len(exact) == 1 or len(found) == 1:
        return (exact or found)[0]
    if found:
        some = ", ".join(f"{region.practice_names[i]} ({region.practices[i]})" for i in found[:4])
        raise InputError(f"practice {text!r}: {len(found)} are called so; give the code of one, such as {some}")
    raise InputError(f"practice {text!r}: no such code or name here; codes look like {region.practices[0]}")


def _most(model: RegistrationModel, people: np.ndarray, words: str) -> str:
    if not people.any():
        return ""
    most = int(people.argmax())
    return f"{words}{model.region.name_of(str(model.region.commissioners[most]))} ({int(people[most]):,})"


def _signed(value: float) -> str:
    return f"{int(value):+,}".replace("-", "\N{MINUS SIGN}")


def _pounds(value: float) -> str:
    if not np.isfinite(value):
        return "not known"
    sign = "\N{MINUS SIGN}" if value < 0 else ""
    return f"{sign}\N{POUND SIGN}{abs(value) / 1e6:,.1f}m"
