"""Which regions this server offers: said once when it starts, by whoever starts it, and only read afterwards."""

from __future__ import annotations

from runs.app_session import OfferedRegions

OFFERED = OfferedRegions()
"""Replaced as a whole by ``gpdrift serve`` before the first visitor; no visitor can change it."""


def offer(folders: tuple[str, ...]) -> OfferedRegions:
    """Offer these region folders or presets first."""
    global OFFERED
    OFFERED = OfferedRegions(folders)
    return OFFERED
