"""A practice as a Mesa agent: what one asks of it, and where it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mesa.discrete_space import FixedAgent

if TYPE_CHECKING:
    from model.model import RegistrationModel


class Practice(FixedAgent):
    """A GP practice on the cell of the area its main site stands in.

    It holds nothing but its position: what it says of itself is its element of the columns of
    :class:`model.providers.practice_lists.PracticeLists`.
    """

    def __init__(self, model: RegistrationModel, position: int, cell: Any = None) -> None:
        """Practice number ``position`` of the region."""
        super().__init__(model)
        self.position = position
        if cell is not None:
            self.cell = cell

    @property
    def code(self) -> str:
        """ODS code."""
        return str(self.model.region.practices[self.position])

    @property
    def name(self) -> str:
        """Name."""
        return str(self.model.region.practice_names[self.position])

    @property
    def exists(self) -> bool:
        """Whether it is on the books: not a place in reserve, closed or merged."""
        return bool(self.model.lists.exists[self.position])

    @property
    def provider_kind(self) -> str:
        """gp, digital or trust."""
        return str(self.model.region.provider_kind[self.position])

    @property
    def commissioner(self) -> str:
        """Code of the commissioner responsible for its patients."""
        region = self.model.region
        return str(region.commissioners[region.practice_commissioner[self.position]])

    @property
    def list_size(self) -> int:
        """Patients on the list."""
        return int(self.model.lists.size[self.position])

    @property
    def ghosts(self) -> int:
        """Patients on the list who are not there."""
        return int(self.model.lists.ghosts[self.position])

    @property
    def out_of_area(self) -> int:
        """Patients registered out of area."""
        return int(self.model.lists.out_of_area[self.position])

    @property
    def gps_fte(self) -> float:
        """GPs, full-time equivalents."""
        return float(self.model.lists.gps_fte[self.position])

    @property
    def load(self) -> float:
        """Patients per GP."""
        return float(self.model.lists.load[self.position])

    @property
    def continuity(self) -> float:
        """Share of patients who mostly see the doctor they prefer."""
        return float(self.model.lists.continuity[self.position])

    @property
    def satisfaction(self) -> float:
        """Share of patients satisfied."""
        return float(self.model.lists.satisfaction[self.position])

    @property
    def is_open(self) -> bool:
        """Whether the list takes new patients."""
        return bool(self.model.lists.open[self.position])

    @property
    def inner_boundary_km(self) -> float:
        """Network km within which new patients are taken."""
        return float(self.model.lists.inner_km[self.position])

    @property
    def outer_boundary_km(self) -> float:
        """Network km within which movers are kept."""
        return float(self.model.lists.outer_km[self.position])

    @property
    def takes_out_of_area(self) -> bool:
        """Whether it registers patients from beyond its boundary."""
        return bool(self.model.lists.takes_out_of_area[self.position])
