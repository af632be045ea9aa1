"""Parameters of what practices belong to: federations, primary care networks, trusts."""

from __future__ import annotations

from model.parameters.writing import Section, parameter


class Federations(Section):
    """Groups of practices close on the network."""

    practices: parameter(int, "practices", "aimed at in a federation", "assumption: 15-30 practices, 100-200k patients", 2, 200) = 20  # fmt: skip


class Networks(Section):
    """Primary care networks (PCNs)."""

    smallest: parameter(int, "patients", "aimed at in a network, least", "NHS England 2019: 30-50k", 1_000, 500_000) = 30_000  # fmt: skip


class Trusts(Section):
    """Hospital trusts that run practices."""

    steering: parameter(float, "log odds", "delta: referral to the trust that owns the practice", "assumption", 0, 10) = 1.0  # fmt: skip
