"""What is settled once, on everybody counted at the start: how often people switch, and how lists go on growing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model.patients.momentum import Lists, momentum_of
from model.patients.start import Beginning
from model.patients.yearly_flows import yearly_flows

if TYPE_CHECKING:
    from model.model import RegistrationModel


def settle_switching(model: RegistrationModel) -> None:
    """Rates of switching are of all patients of a list; those who are there and told their address live by them."""
    listed = int(model.counts.lists.sum())
    away = int(model.counts.ghosts.sum()) + int(model.counts.pending[0])
    model.rates.set_may_switch(listed, listed - away)
    model.rates.with_switching(model.world.rates, model.lists.switching())


def let_lists_go_on_growing(model: RegistrationModel, beginning: Beginning) -> None:
    """Add balance and momentum to the practice effects (:mod:`model.patients.momentum`)."""
    lists, options, choice = model.lists, model.world.options, model.scenario.choice
    goes_on = choice.momentum + choice.momentum_lasting
    growth = model.region.growth if goes_on > 0 else None
    if not choice.balanced and growth is None:
        return
    options.appeal[:] = lists.appeal()
    options.open[:] = lists.open & (lists.provider < 0)
    model.show_choices()
    flows = yearly_flows(beginning.columns, beginning.rows, model.world, model.arrivals, 12.0 * model.arriving())
    found = momentum_of(
        options,
        Lists(*beginning.register, chosen=lists.conventional),
        flows,
        growth,
        goes_on,
    )
    lists.go_on_growing(choice.balanced * found.balance, found.pace)
