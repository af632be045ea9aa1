"""What a run has recorded and collected so far: it only grows, so a checkpoint writes what came since the last one."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, NamedTuple

from model.checkpoints.trees import Packer, Unpacker

if TYPE_CHECKING:
    from model.model import RegistrationModel
    from model.recording import Recording

_NO_STATE = ("model", "folder", "tables", "_with_none", "_boundaries", "_ledger", "_clock", "_register_months")
"""What a recording holds that is looked up or asked for, kept as history, or a clock of this process."""


class Length(NamedTuple):
    """How much history there is."""

    blocks: dict[str, int]
    """Blocks of rows by table."""
    collected: int
    """Times the DataCollector has collected."""


NOTHING = Length({}, 0)


def length_of(model: RegistrationModel, recording: Recording) -> Length:
    """Length of the history of a run so far."""
    blocks = {name: len(table.blocks) for name, table in recording.tables.items()}
    return Length(blocks, len(model.datacollector._agenttype_records))


def history_since(model: RegistrationModel, recording: Recording, before: Length, packer: Packer) -> dict[str, Any]:
    """Rows and measures since the history was so long, as a plain tree."""
    collector = model.datacollector
    # Mesa has no public name for the records of agents by time and class: {time: {class: [(time, id, values ...)]}}.
    records = list(collector._agenttype_records.items())[before.collected :]
    return {
        "tables": {
            name: [packer.pack(block, name) for block in table.blocks[before.blocks.get(name, 0) :]]
            for name, table in recording.tables.items()
        },
        "variables": {
            name: packer.pack(values[before.collected :], name) for name, values in collector.model_vars.items()
        },
        "agents": [
            [
                when,
                {kind.__name__: packer.pack([list(row) for row in rows], kind.__name__) for kind, rows in of.items()},
            ]
            for when, of in records
        ],
    }


def forget_history(model: RegistrationModel, recording: Recording) -> None:
    """Drop what a model has collected and a recording has recorded at its start: it is in the history."""
    collector = model.datacollector
    for values in collector.model_vars.values():
        values.clear()
    collector._agenttype_records.clear()
    collector._collection_steps.clear()
    for table in recording.tables.values():
        table.blocks, table.lengths = [], []


def add_history(model: RegistrationModel, recording: Recording, tree: dict[str, Any], reader: Unpacker) -> None:
    """Put the next part of the history behind what is there."""
    for name, blocks in tree["tables"].items():
        for block in blocks:
            recording.tables[name].add(**reader.unpack(block))
    collector = model.datacollector
    for name, values in tree["variables"].items():
        collector.model_vars[name] += reader.unpack(values)
    kinds = {kind.__name__: kind for kind in collector.agenttype_reporters}
    for when, of in tree["agents"]:
        collector._collection_steps.append(when)
        collector._agenttype_records[when] = {
            kinds[name]: [tuple(row) for row in reader.unpack(rows)] for name, rows in of.items()
        }


def state_of_recording(recording: Recording, packer: Packer) -> dict[str, Any]:
    """What a recording remembers between months, its rows aside, and the seconds it has taken."""
    fields = {k: packer.pack(v, f"recording.{k}") for k, v in vars(recording).items() if k not in _NO_STATE}
    return {"fields": fields, "seconds": time.perf_counter() - recording._clock}


def restore_recording(recording: Recording, tree: dict[str, Any], reader: Unpacker) -> None:
    """Give a recording back what it remembered."""
    for name, value in tree["fields"].items():
        setattr(recording, name, reader.unpack(value))
    recording._clock = time.perf_counter() - tree["seconds"]
    recording.resumed.append(recording.model.month)
