"""Predicted registers beside the published one: lists, commissioners, flows, distances, one practice by authority."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pandas as pd

from analysis.validation.register_axes import Axes, Register
from analysis.validation.skill import absolute_error, agreement, common_part_across, skill, typical_error
from analysis.validation.skill import across as flows_across
from model.measures import flows as flow_measures
from model.measures.access import common_part
from model.measures.concentration import gini
from model.measures.weighted import percentiles, weighted_mean, weighted_percentiles

FIGURE, ERROR, AGREEMENT = "figure", "error", "agreement"
"""Kinds of row: a number beside the published one; an error, 0 is best; an agreement, 1 is best."""
FAR_KM = 10.0
SHOWN_AUTHORITIES = 8
LARGEST = (5, 50, 95)
DISTANCES = (10, 25, 50, 75, 90, 95, 99)


class Group(NamedTuple):
    """Practices looked at together by name: a digital provider with its list in another city, say."""

    name: str
    codes: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Candidate:
    """One way to predict a register."""

    name: str
    register: Register
    """What is expected: the mean over seeds."""
    lists_if_open: np.ndarray | None = None
    """Lists expected where the practice is still there, float64[N]; those of the register where None."""
    seeds: tuple[Register, ...] = ()
    """The register of every seed, for intervals."""


@dataclass(frozen=True)
class Row:
    """One measure: published, and of each candidate."""

    section: str
    measure: str
    kind: str
    form: str
    """How it is printed: a format."""
    published: float
    values: dict[str, float]
    low: dict[str, float] = field(default_factory=dict)
    high: dict[str, float] = field(default_factory=dict)

    def skill(self, candidate: str, reference: str) -> float:
        """Of a candidate over another; NaN for figures."""
        if self.kind == FIGURE or not {candidate, reference} <= set(self.values):
            return float("nan")
        ours, theirs = self.values[candidate], self.values[reference]
        return skill(1 - ours, 1 - theirs) if self.kind == AGREEMENT else skill(ours, theirs)


def compare(
    axes: Axes,
    observed: Register,
    candidates: Sequence[Candidate],
    groups: Sequence[Group] = (),
    start: Register | None = None,
) -> list[Row]:
    """Every measure of every candidate. Without known areas only lists are compared.

    Args:
        axes: what all registers are on.
        observed: the published register.
        candidates: predictions of it.
        groups: practices to look at by name.
        start: the register before (or lists without areas), whose practices that are still there count as continuing.
    """
    told = dict(_figures(axes, observed, groups, observed))
    of = {c.name: dict(_figures(axes, c.register, groups, observed)) for c in candidates}
    seeds = {
        c.name: [dict(_figures(axes, s, groups, observed)) for s in c.seeds] for c in candidates if len(c.seeds) > 1
    }
    rows = []
    for key, published in told.items():
        values = {name: figures[key] for name, figures in of.items()}
        # A figure is expected to be the mean of the seeds' own: the mean register has practices that some seeds closed.
        values |= {name: float(np.mean([one[key] for one in all_seeds])) for name, all_seeds in seeds.items()}
        low = {name: min(one[key] for one in all_seeds) for name, all_seeds in seeds.items()}
        high = {name: max(one[key] for one in all_seeds) for name, all_seeds in seeds.items()}
        rows.append(Row(*key[:2], FIGURE, key[2], published, values, low, high))
    errors: dict[tuple[str, str, str], dict[str, float]] = {}
    for candidate in candidates:
        for section, measure, kind, value in _errors(axes, observed, candidate, groups, start):
            errors.setdefault((section, measure, kind), {})[candidate.name] = value
    for (section, measure, kind), values in errors.items():
        best = 0.0 if kind == ERROR else 1.0
        rows.append(Row(section, measure, kind, ".1%" if kind == ERROR else ".3f", best, values))
    sections = list(dict.fromkeys(row.section for row in rows))
    return sorted(rows, key=lambda row: sections.index(row.section))


def _figures(
    axes: Axes, register: Register, groups: Sequence[Group], observed: Register
) -> Iterator[tuple[tuple[str, str, str], float]]:
    """(section, measure, form) and value of each figure of a register."""
    lists = axes.lists(register)
    some = lists[lists >= 0.5]
    yield ("Practice lists", "patients on lists", ",.0f"), float(lists.sum())
    yield ("Practice lists", "practices with a list", ",.0f"), float(len(some))
    yield ("Practice lists", "mean list", ",.0f"), float(some.mean()) if len(some) else float("nan")
    for at, value in zip(LARGEST, percentiles(some, LARGEST), strict=True):
        yield ("Practice lists", f"list, percentile {at}", ",.0f"), float(value)
    yield ("Practice lists", "inequality of lists (Gini)", ".3f"), gini(some)
    mapped = (observed.area >= 0).any()
    if mapped:
        yield from _figures_of_places(axes, register)
    for group in groups:
        yield from _figures_of_group(axes, register, group, observed, mapped=bool(mapped))


def _figures_of_places(axes: Axes, register: Register) -> Iterator[tuple[tuple[str, str, str], float]]:
    flows = axes.flows(register)
    yield ("Flows between commissioners", "share outside the own one", ".2%"), flow_measures.gross_misalignment(flows)
    yield ("Flows between commissioners", "on balance", ".2%"), flow_measures.net_misalignment(flows)
    yield ("Flows between commissioners", "on balance over all", ".3f"), flow_measures.effectiveness(flows)
    yield ("Flows between commissioners", "patients across", ",.0f"), float(flows_across(flows).sum())
    km = axes.km(register)
    known = ~np.isnan(km)
    section = "Distance to the practice"
    for at, value in zip(DISTANCES, weighted_percentiles(km, register.patients, DISTANCES), strict=True):
        yield (section, f"percentile {at}, km", ".2f"), float(value)
    yield (section, "mean, km", ".2f"), weighted_mean(km[known], register.patients[known])
    far = register.patients[known & (km > FAR_KM)].sum()
    yield (section, f"beyond {FAR_KM:g} km", ".2%"), float(far / max(register.patients[known].sum(), 1.0))


def _figures_of_group(
    axes: Axes, register: Register, group: Group, observed: Register, *, mapped: bool
) -> Iterator[tuple[tuple[str, str, str], float]]:
    members = np.flatnonzero(np.isin(axes.practices, group.codes))
    yield (group.name, "list", ",.0f"), float(axes.lists(register)[members].sum())
    host = int(axes.commissioner[members[0]])
    if host < 0:
        return
    region = axes.region
    name = region.names.get(region.commissioners[host], region.commissioners[host])
    yield (group.name, f"registered with {name}", ",.0f"), float(axes.registered(register)[host])
    if not mapped:
        return
    flows = axes.flows(register)
    yield (group.name, f"net flow of {name}", "+,.0f"), float(flow_measures.net_flow(flows)[host])
    rows = np.isin(register.practice, members) & (register.area >= 0)
    patients = register.patients[rows]
    elsewhere = patients[region.area_commissioner[register.area[rows]] != host].sum()
    yield (group.name, "of its list, living elsewhere", ".1%"), float(elsewhere / max(patients.sum(), 1e-9))
    told = _by_authority(axes, observed, members)
    found = _by_authority(axes, register, members)
    for authority in np.argsort(-told, kind="stable")[:SHOWN_AUTHORITIES]:
        code = region.authorities[authority]
        yield (group.name, f"living in {region.names.get(code, code)}", ",.0f"), float(found[authority])


def _by_authority(axes: Axes, register: Register, members: np.ndarray) -> np.ndarray:
    return np.sum([axes.of_practice(register, int(p)) for p in members], axis=0)


Error = tuple[str, str, str, float]
"""Section, measure, kind and value."""


def _errors(
    axes: Axes, observed: Register, candidate: Candidate, groups: Sequence[Group], start: Register | None
) -> Iterator[Error]:
    """Each error of a candidate; where people live is not compared if the register does not say it."""
    yield from _of_lists(axes, observed, candidate, start)
    yield from _of_registered(axes, observed, candidate.register, start)
    if not (observed.area >= 0).any():
        return
    yield from _of_flows(axes, observed, candidate.register, start)
    yield "Area by practice", "common part (CPC)", AGREEMENT, _common_cells(axes, observed, candidate.register)
    yield (
        "Area by practice",
        "patients by area",
        ERROR,
        absolute_error(axes.by_area(observed), axes.by_area(candidate.register)),
    )
    for group in groups:
        members = np.flatnonzero(np.isin(axes.practices, group.codes))
        told, found = _by_authority(axes, observed, members), _by_authority(axes, candidate.register, members)
        yield group.name, "by authority", ERROR, absolute_error(told, found)
        yield group.name, "by authority, common part (CPC)", AGREEMENT, common_part(told, found)


def _of_lists(axes: Axes, observed: Register, candidate: Candidate, start: Register | None) -> Iterator[Error]:
    section, told, found = "Practice lists", axes.lists(observed), axes.lists(candidate.register)
    yield section, "lists, all practices", ERROR, absolute_error(told, found)
    if start is not None:
        before = axes.lists(start)
        still = (told > 0) & (before > 0)
        if candidate.lists_if_open is not None:
            found = candidate.lists_if_open
        yield section, "lists that are still there", ERROR, absolute_error(told[still], found[still])
        yield section, "typical list that is still there", ERROR, typical_error(told[still], found[still])
        change, expected = np.log(told[still] / before[still]), np.log(np.maximum(found[still], 0.5) / before[still])
        yield section, "change of lists, rank correlation", AGREEMENT, agreement(change, expected)


def _of_registered(axes: Axes, observed: Register, predicted: Register, start: Register | None) -> Iterator[Error]:
    registered, expected = axes.registered(observed), axes.registered(predicted)
    yield "Commissioners", "registered", ERROR, absolute_error(registered, expected)
    if start is not None:
        before = axes.registered(start)
        yield (
            "Commissioners",
            "change of registered, rank correlation",
            AGREEMENT,
            agreement(registered / np.maximum(before, 1) - 1, expected / np.maximum(before, 1) - 1),
        )


def _of_flows(axes: Axes, observed: Register, predicted: Register, start: Register | None) -> Iterator[Error]:
    there, flows = axes.flows(observed), axes.flows(predicted)
    residents, expected = there.sum(axis=1), flows.sum(axis=1)
    yield "Commissioners", "residents on lists", ERROR, absolute_error(residents, expected)
    net, expected = flow_measures.net_flow(there), flow_measures.net_flow(flows)
    yield "Commissioners", "net flows", ERROR, absolute_error(net, expected)
    section = "Flows between commissioners"
    yield section, "flows", ERROR, absolute_error(flows_across(there), flows_across(flows))
    yield section, "flows, common part (CPC)", AGREEMENT, common_part_across(there, flows)
    yield (
        section,
        "residents across, by commissioner",
        ERROR,
        absolute_error(flow_measures.outflow(there), flow_measures.outflow(flows)),
    )
    if start is not None and (start.area >= 0).any():
        change, expected = flows_across(there - axes.flows(start)), flows_across(flows - axes.flows(start))
        yield (
            section,
            "change of flows, common part of rises",
            AGREEMENT,
            common_part(np.maximum(change, 0).ravel(), np.maximum(expected, 0).ravel()),
        )


def _common_cells(axes: Axes, observed: Register, predicted: Register) -> float:
    """Common part of area x practice counts, of known areas."""
    cells, counts = [], []
    for register in (observed, predicted):
        here = register.area >= 0
        cells.append(register.area[here].astype(np.int64) * len(axes.practices) + register.practice[here])
        counts.append(register.patients[here])
    unique, where = np.unique(np.concatenate(cells), return_inverse=True)
    first = np.bincount(where[: len(cells[0])], counts[0], len(unique))
    second = np.bincount(where[len(cells[0]) :], counts[1], len(unique))
    return common_part(first, second)


def as_table(rows: Sequence[Row], references: Sequence[str] = ()) -> pd.DataFrame:
    """Rows in long form, one of each measure and candidate, with skill over the references: what Parquet holds."""
    return pd.DataFrame(
        [
            {
                "section": row.section,
                "measure": row.measure,
                "kind": row.kind,
                "form": row.form,
                "published": row.published,
                "candidate": name,
                "value": value,
                "low": row.low.get(name, float("nan")),
                "high": row.high.get(name, float("nan")),
                **{f"skill_against_{reference}": row.skill(name, reference) for reference in references},
            }
            for row in rows
            for name, value in row.values.items()
        ]
    )
