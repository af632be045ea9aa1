"""What is recorded: the collector that plots and notebooks read, and the results folder of a run.

Both read the same measures of the month (:mod:`model.month_measures`), so they always agree. Every reporter is a partial
of a function of this module: strings and lambdas would make a model impossible to pickle.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mesa

from model.commissioning.bodies import Authority, Commissioner
from model.errors import InputError
from model.month_measures import measures_of
from model.patients.patient import Patient
from model.providers.practice import Practice
from model.recording import Recording
from model.result_tables import RESULT_TABLES
from model.results import refuse_taken

if TYPE_CHECKING:
    from model.model import RegistrationModel

COLLECTED = tuple(column.name for column in RESULT_TABLES["headline"].columns if column.name != "month")
"""Model variables collected each month: the columns of the headline table."""
COLLECTED_OF_COMMISSIONERS = (
    "residents", "registered", "ghosts", "inflow", "outflow", "net_flow", "unregistered", "retention",
    "registered_resident_ratio", "digital", "digital_residents",
)  # fmt: skip
COLLECTED_OF_AUTHORITIES = ("residents", "unregistered", "effective_commissioners")
COLLECTED_OF_PRACTICES = ("exists", "list_size", "ghosts", "out_of_area", "load", "satisfaction")
MANY_PRACTICES = 500
"""Above so many practices they are not collected every month; results folders hold them each April."""

Reporter = Callable[..., Any] | str


def of_month(model: RegistrationModel) -> datetime.date:
    """First day of the month."""
    return model.month


def of_model(name: str, model: RegistrationModel) -> int | float:
    """One measure of the whole region."""
    return measures_of(model).headline[name]


def of_commissioner(name: str, commissioner: Commissioner) -> int | float:
    """One measure of a commissioner."""
    return measures_of(commissioner.model).as_lists["commissioners"][name][commissioner.position]


def of_authority(name: str, authority: Authority) -> int | float:
    """One measure of an authority."""
    return measures_of(authority.model).as_lists["authorities"][name][authority.position]


def collector(
    *,
    practices: bool = False,
    extra_model: Mapping[str, Reporter] | None = None,
    agenttypes: Mapping[type, Mapping[str, Reporter]] | None = None,
) -> mesa.DataCollector:
    """The DataCollector of a model: the headline measures, commissioners and authorities, every month.

    Variables of agents are named after their kind (``commissioner`` is its code, ``commissioner_residents`` a measure):
    Mesa's runner puts them in one row with the model's, where ``residents`` can only be those of the whole region.

    Args:
        practices: collect practices every month too; meant for regions of at most MANY_PRACTICES.
        extra_model: more model variables: a function of the model, or the name of an attribute. Lambdas work, but a
            model that has them cannot be pickled.
        agenttypes: more variables by class of agent, in the same way.

    Raises:
        InputError: variables of patients, who are not collected one by one, or of a class that is no agent's.
    """
    of_agents: dict[type, dict[str, Reporter]] = {
        Commissioner: _named("commissioner", {n: partial(of_commissioner, n) for n in COLLECTED_OF_COMMISSIONERS}),
        Authority: _named("authority", {n: partial(of_authority, n) for n in COLLECTED_OF_AUTHORITIES}),
    }
    if practices:
        of_agents[Practice] = _named("practice", {n: attrgetter(n) for n in COLLECTED_OF_PRACTICES})
    for kind, reporters in (agenttypes or {}).items():
        _refuse_patients(kind)
        # Mesa would wrap a name in a local function, which cannot be pickled.
        named: dict[str, Reporter] = {n: attrgetter(r) if isinstance(r, str) else r for n, r in reporters.items()}
        of_agents[kind] = of_agents.get(kind, {}) | named
    return mesa.DataCollector(
        model_reporters={
            "month": of_month,
            **{name: partial(of_model, name) for name in COLLECTED},
            **(extra_model or {}),
        },
        agenttype_reporters=of_agents,
    )


def _named(kind: str, measures: Mapping[str, Reporter]) -> dict[str, Reporter]:
    """Variables of a kind of agent: its code, and its measures under names that no other kind has."""
    return {kind: attrgetter("code"), **{f"{kind}_{name}": reporter for name, reporter in measures.items()}}


def _refuse_patients(kind: type) -> None:
    if not (isinstance(kind, type) and issubclass(kind, mesa.Agent)):
        found = getattr(kind, "__name__", repr(kind))
        raise InputError(f"agenttypes: found {found}, expected a class of agents such as Practice or Commissioner")
    if issubclass(kind, Patient):
        raise InputError(
            "agenttypes: found Patient, expected Practice, Commissioner or Authority; patients are columns that no"
            " collector goes through one by one: report a total of model.patients with extra_model"
        )


@contextmanager
def record_run(
    model: RegistrationModel,
    folder: str | Path,
    register: Collection[datetime.date] = (),
    *,
    resume: Callable[[Recording], None] | None = None,
) -> Iterator[Recording]:
    """Record a run into a results folder, which appears when the block ends without an exception.

    The start is recorded on entering; call ``month()`` of what is given after every step.

    Args:
        model: where its run begins; earlier months are not in the results.
        folder: absent or empty.
        register: first days of the months whose practice x area register is kept too (the table ``register``).
        resume: gives model and recording the state of an earlier run instead of recording the start.

    Raises:
        InputError: the folder holds something or cannot be written.
    """
    folder = Path(folder)
    refuse_taken(folder)
    recording = Recording(model, folder, register, resumed=resume is not None)
    if resume is not None:
        resume(recording)
    yield recording
    recording.finish()
