"""A run, completely: where, how long, which draws, every parameter, and what policy does when.

The parameters themselves are in :mod:`model.parameters`, one section a class, one module a subject.
"""

from __future__ import annotations

import msgspec

from model.parameters.choosing import Boundaries, Choice, Satisfaction
from model.parameters.digital import Digital
from model.parameters.money import Money
from model.parameters.organisations import Federations, Networks, Trusts
from model.parameters.people import Demography, Ghosts, Registration, Work
from model.parameters.practices import Practices
from model.parameters.writing import parameter
from model.policy import Event

__all__ = [
    "Boundaries", "Choice", "Demography", "Digital", "Federations", "Ghosts", "Money", "Networks", "Practices",
    "Registration", "Satisfaction", "Scenario", "Trusts", "Work",
]  # fmt: skip


class Scenario(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One run, completely: where, how long, which draws, every parameter, and what policy does when."""

    name: str = "default"
    title: str = "Demography and choice under present rules"
    question: str = ""
    against: str = ""
    """Scenario of the library it is compared with; empty = baseline."""
    region: str = "metro"
    """A preset to synthesise (town, metro, england) or a region folder."""
    start: str = ""
    """First month, YYYY-MM; empty = the month the region's register describes."""
    months: parameter(int, "months", "length of the run", "", 0, 1200) = 120
    seed: parameter(int, "", "key of every draw", "", 0, 2**63 - 1) = 1
    demography: Demography = Demography()
    ghosts: Ghosts = Ghosts()
    registration: Registration = Registration()
    choice: Choice = Choice()
    boundaries: Boundaries = Boundaries()
    work: Work = Work()
    satisfaction: Satisfaction = Satisfaction()
    practices: Practices = Practices()
    federations: Federations = Federations()
    networks: Networks = Networks()
    trusts: Trusts = Trusts()
    digital: Digital = Digital()
    money: Money = Money()
    timeline: tuple[Event, ...] = ()
