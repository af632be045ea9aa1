"""What of a model changes from month to month, and how a model at its start becomes one that has lived for months.

Everything an object holds is state unless it is named here as something else, so that what a later version adds is
kept without a word in this module; what cannot be kept is refused when a checkpoint is written, and tests walk all that
hangs on a model.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import mesa

from model.checkpoints.trees import Packer, Unpacker
from model.month_measures import forget_measures
from model.months import months_since_1970
from model.patients.columns import Columns, Row, empty_columns
from model.patients.engines import AgentEngine, PatientAgent
from model.patients.options import apply_boundaries
from model.providers.digital_provider import DigitalProvider
from model.providers.federation import Federation
from model.providers.networks import PrimaryCareNetwork

if TYPE_CHECKING:
    from model.model import RegistrationModel

PARTS: dict[str, tuple[Callable[[RegistrationModel], Any], tuple[str, ...]]] = {
    "lists": (lambda m: m.lists, ("scenario",)),
    "transfers": (lambda m: m.transfers, ("model",)),
    "rates": (lambda m: m.rates, ("region", "scenario")),
    "digital": (lambda m: m.digital, ("model", "providers", "tables", "_around", "_people_around", "_by_work")),
    "counts": (lambda m: m.counts, ("region", "ground", "cells", "tally")),
    "practice_year": (lambda m: m.practice_year, ()),
    "money": (lambda m: m.money, ("parameters",)),
    "levels": (lambda m: m.levels, ("register",)),
}
"""Objects that hold state, and what they hold that is none: what they look up, and what is zero between months."""
OWN = (
    "month_number", "extra_arrivals", "_immigrants", "_returning", "practice_rules", "trust_share", "casemix",
    "reach", "neighbourhoods_counted", "successors", "events",
)  # fmt: skip
"""State the model holds itself."""
TABLES: dict[str, tuple[Callable[[RegistrationModel], Any], tuple[str, ...]]] = {
    "region": (lambda m: m.region, ("practice_names", "practice_x", "practice_y", "practice_commissioner",
                                    "practice_area", "provider_kind")),
    "travel": (lambda m: m.travel, ("practice", "km", "network_km")),
    "options": (lambda m: m.world.options, ("appeal", "open", "residence_only", "practice_x", "practice_y",
                                            "site_commissioner", "practice_commissioner")),
    "digital_tables": (lambda m: m.world.digital, ("reach", "pull", "contract", "provider", "most_in")),
    "ground": (lambda m: m.counts.ground, ("practice_commissioner", "provider")),
}  # fmt: skip
"""Tables that patients read and that practices which open, providers and policy write to: they are filled in place."""
AGENTS: dict[str, type[mesa.Agent]] = {
    kind.__name__: kind for kind in (DigitalProvider, Federation, PrimaryCareNetwork)
}
"""Agents that appear during a run or change; patients apart."""
_OF_MESA = ("model", "unique_id", "pos")


def state_of(model: RegistrationModel, packer: Packer) -> dict[str, Any]:
    """The state of a model between two months, patients' columns aside, as a plain tree.

    Raises:
        TypeError: something is neither known as no state nor a plain value.
    """
    agents: list[Any] = [*model.digital.providers, *model.federations, *model.networks]
    return {
        "parts": {
            name: {
                key: packer.pack(value, f"{name}.{key}") for key, value in vars(part(model)).items() if key not in but
            }
            for name, (part, but) in PARTS.items()
        },
        "tables": {
            name: {key: packer.pack(getattr(table(model), key), f"{name}.{key}") for key in keys}
            for name, (table, keys) in TABLES.items()
        },
        "own": {key: packer.pack(getattr(model, key), key) for key in OWN},
        "world": {"month": int(model.world.month), "rates": packer.pack(model.world.rates, "rates")},
        "agents": [
            {
                "kind": type(agent).__name__,
                "id": int(agent.unique_id),
                "fields": {k: packer.pack(v, f"{k} of {agent}") for k, v in vars(agent).items() if k not in _OF_MESA},
            }
            for agent in sorted(agents, key=lambda agent: agent.unique_id)
        ],
        "random": packer.pack([model.random.getstate(), model.rng.bit_generator.state], "random"),
        "months": months_lived(model),
        "rows": int(model.engine.rows),
    }


def months_lived(model: RegistrationModel) -> int:
    """Months since the start of the run."""
    return model.month_number - months_since_1970(model.start)


def restore(model: RegistrationModel, tree: dict[str, Any], reader: Unpacker, fill: Callable[[Columns], None]) -> None:
    """Make a model at its start the one a state was taken of.

    Args:
        model: of the same scenario, region and engine, and no month lived.
        tree: of :func:`state_of`.
        reader: of its arrays.
        fill: reads the patients into the first rows of columns.

    Raises:
        ValueError: a table that is kept does not fit the model's.
    """
    opened_from = model.lists.places_used
    for name, (part, _) in PARTS.items():
        _restore_fields(part(model), tree["parts"][name], reader)
    for name, (table, keys) in TABLES.items():
        for key in keys:
            present = getattr(table(model), key)
            if reader.fill(tree["tables"][name][key], present) is not present:
                raise ValueError(f"{name}.{key}: the model has no room for what was kept")
    _restore_fields(model, tree["own"], reader)
    model.world = model.world._replace(month=tree["world"]["month"], rates=reader.unpack(tree["world"]["rates"]))
    _restore_patients(model, tree, reader, fill)
    for practice in range(opened_from, model.lists.places_used):
        model.practices[practice].cell = model.network[int(model.region.practice_area[practice])]
    changed = model.lists.changed
    apply_boundaries(model.world.options, model.region, model.travel, model.scenario, model.lists)
    model.lists.changed = changed
    model.show_choices()
    model.wind_clock(tree["months"])
    generator, model.rng.bit_generator.state = reader.unpack(tree["random"])
    model.random.setstate(generator)
    model.show_lists()
    forget_measures()


def _restore_fields(target: Any, fields: dict[str, Any], reader: Unpacker) -> None:
    for name, value in fields.items():
        setattr(target, name, reader.fill(value, getattr(target, name, None)))


def _restore_patients(
    model: RegistrationModel, tree: dict[str, Any], reader: Unpacker, fill: Callable[[Columns], None]
) -> None:
    """Patients and organisations, in the order in which they came, so that Mesa numbers them as it did."""
    engine, rows = model.engine, tree["rows"]
    agents = [_Kept(a["kind"], a["id"], a["fields"]) for a in tree["agents"]]
    present: list[Any] = [*model.digital.providers, *model.federations, *model.networks]
    known = {agent.unique_id: agent for agent in present}
    if not isinstance(engine, AgentEngine):
        engine.make_room(rows - engine.rows)
        engine.rows = rows
        fill(engine.columns)
        for kept in agents:
            _restore_agent(model, kept, known.get(kept.id), reader)
        return
    columns = empty_columns(rows)
    fill(columns)
    states = zip(*(column[:rows].tolist() for column in columns), strict=True)
    for agent in engine.everyone:
        agent.state = Row(*next(states))
    newcomers = iter([Row(*state) for state in states])
    born_between = [kept.id for kept in agents if kept.id not in known]
    for kept in agents:
        if kept.id in born_between:
            while model.agent_id_counter < kept.id:
                engine.everyone.append(PatientAgent(model, len(engine.everyone), next(newcomers)))
        _restore_agent(model, kept, known.get(kept.id), reader)
    engine.everyone += [PatientAgent(model, len(engine.everyone) + i, state) for i, state in enumerate(newcomers)]
    engine.rows = rows


class _Kept(NamedTuple):
    """An agent of AGENTS as it was kept."""

    kind: str
    id: int
    fields: dict[str, Any]


def _restore_agent(model: RegistrationModel, kept: _Kept, agent: Any, reader: Unpacker) -> None:
    """Give an agent its state; one that came during the run is made anew."""
    if agent is None:
        kind: Any = AGENTS[kept.kind]
        agent = kind.__new__(kind)
        mesa.Agent.__init__(agent, model)
        everyone: dict[str, list[Any]] = {
            DigitalProvider.__name__: model.digital.providers,
            Federation.__name__: model.federations,
            PrimaryCareNetwork.__name__: model.networks,
        }
        everyone[kept.kind].append(agent)
    if agent.unique_id != kept.id:
        raise ValueError(f"{kept.kind}: Mesa numbers it {agent.unique_id}, it was {kept.id}")
    for name, value in kept.fields.items():
        setattr(agent, name, reader.unpack(value))
