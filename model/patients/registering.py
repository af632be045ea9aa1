"""Registering: how a patient comes by a practice, keeps it, joins a digital provider or leaves it again."""

from __future__ import annotations

import numpy as np

from model.patients.choose import NEWCOMER, OLDER_FROM, SWITCHER, choose, keep_weight, workplace
from model.patients.columns import BACK, JOINED_DIGITAL, KEPT, LEFT_DIGITAL, NONE
from model.patients.compiled import inner
from model.patients.digital import provider_of, reach_of, temptation, tempted_at_most, which_provider
from model.patients.draws import Purpose, uniforms
from model.patients.happenings import ADDRESS_TOLD, NOTHING, REGISTRATION
from model.patients.states import at_practice, keeping_practice

_CHOICE = int(Purpose.CHOICE)


@inner
def register(patient, row, age, kind, cause, world):
    """Reconsiders: chooses a practice, or keeps the present one, and tells it the present address.

    Somebody who chooses anyway is likelier to join a digital provider; a digital list keeps whoever it still reaches.
    """
    provider = provider_of(row.practice, world.digital)
    if provider >= 0 and kind != SWITCHER:
        if (
            reach_of(provider, row.home, workplace(world.seed, patient, age, row.home, world.options), world.digital)
            > 0
        ):
            return keeping_practice(row, True, KEPT), ADDRESS_TOLD
        kind = np.int64(SWITCHER)
    most = tempted_at_most(age, row.home, world.digital)
    if provider < 0 and most > 0.0:
        joins, which, _, _ = uniforms(world.seed, patient, world.month, _CHOICE, 1)
        # As in :func:`model.patients.decide.decide`, the exact temptation is worked out only where its bound leaves something to decide.
        if most >= 1.0 or joins < most * world.digital.choosing_ratio:
            tempted = temptation(patient, row, age, world.seed, world.options, world.digital)
            if joins < tempted * world.digital.choosing_ratio:
                return join_digital(patient, row, age, which, world), REGISTRATION
    practice, beyond = choose(world.seed, patient, world.month, row.home, age, row.practice, kind, world.options)
    if practice == NONE:
        return row, NOTHING
    if practice == row.practice:
        if kind == SWITCHER:
            return row, NOTHING
        return keeping_practice(row, beyond, KEPT), ADDRESS_TOLD
    return at_practice(row, practice, beyond, cause, world.month), REGISTRATION


@inner
def join_digital(patient, row, age, share, world):
    """Joins a digital provider, on the list it holds for the patient's home; home visits end."""
    provider = which_provider(patient, row, age, world.seed, share, world.options, world.digital)
    practice = np.int64(world.digital.contract[provider, row.home])
    return at_practice(row, practice, True, JOINED_DIGITAL, world.month)


@inner
def leave_digital(patient, row, age, share, world):
    """Leaves a digital provider: back to the practice before, where it would take the patient, or to a new one."""
    digital = world.digital
    early = world.month - row.since <= digital.early_months
    back = row.previous
    returns = share < (digital.back_early if early else digital.back_later)
    if returns and back != NONE and digital.provider[back] < 0 and world.options.open[back]:
        older = 1 if age >= OLDER_FROM else 0
        taken, beyond = keep_weight(row.home, back, older, world.options)
        if taken > 0.0:
            return at_practice(row, back, beyond, BACK, world.month), REGISTRATION
    practice, beyond = choose(
        world.seed, patient, world.month, row.home, age, row.practice, np.int64(NEWCOMER), world.options
    )
    if practice == NONE:
        return row, NOTHING
    return at_practice(row, practice, beyond, LEFT_DIGITAL, world.month), REGISTRATION
