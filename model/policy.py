"""Dated policy events: the ways in which policy may change the model while it runs.

What every event has is in :mod:`model.policy_event`; the events themselves are in one module a subject and gathered
here. Scenario files name them by their tags (``event = "open-boundaries"``).
"""

from __future__ import annotations

from model.policy_digital import (
    DigitalCap,
    DigitalFails,
    DigitalLaunch,
    DigitalSite,
    ListSplit,
    RemoteEverywhere,
)
from model.policy_event import PolicyEvent
from model.policy_money import AreaBased, CapitationFormula, FundByResidence, NewRegistrantPremium, PaymentRule
from model.policy_organisations import Federate, FormNetworks, MergeCommissioners, TrustTakeover
from model.policy_registration import (
    ChoicePilot,
    CleanLists,
    CloseListsRule,
    NewHomes,
    OpenBoundaries,
    RegisterByResidence,
)

__all__ = [
    "AreaBased", "CapitationFormula", "ChoicePilot", "CleanLists", "CloseListsRule", "DigitalCap", "DigitalFails",
    "DigitalLaunch", "DigitalSite", "Event", "Federate", "FormNetworks", "FundByResidence", "ListSplit",
    "MergeCommissioners", "NewHomes", "NewRegistrantPremium", "OpenBoundaries", "PaymentRule", "PolicyEvent",
    "RegisterByResidence", "RemoteEverywhere", "TrustTakeover",
]  # fmt: skip

Event = (
    OpenBoundaries
    | ChoicePilot
    | CleanLists
    | CloseListsRule
    | RegisterByResidence
    | NewHomes
    | DigitalLaunch
    | DigitalSite
    | DigitalCap
    | DigitalFails
    | ListSplit
    | RemoteEverywhere
    | FormNetworks
    | Federate
    | TrustTakeover
    | MergeCommissioners
    | PaymentRule
    | NewRegistrantPremium
    | CapitationFormula
    | FundByResidence
    | AreaBased
)
"""Every kind of event a timeline may hold."""
