"""Policy on who is paid for whom, by which formula and when; and on areas as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta

from model.policy_event import PolicyEvent
from model.policy_registration import register_at_home_only, share_moved_home

if TYPE_CHECKING:
    from model.model import RegistrationModel


class PaymentRule(PolicyEvent, frozen=True, tag="payment-rule"):
    """When money follows patients from commissioner to commissioner."""

    rule: Literal["annual", "quarterly", "residence"] = "quarterly"
    """annual: on last year's lists; quarterly: on those of the quarter; residence: annual, and commissioners of the home
    are charged for their residents registered elsewhere."""

    def apply(self, model: RegistrationModel) -> None:
        """The next payment is made by the new rule."""
        model.money.rule = self.rule


class NewRegistrantPremium(PolicyEvent, frozen=True, tag="new-registrant-premium"):
    """What a practice is paid on top for a patient's first year on its list, and whether the patient must stay."""

    premium: Annotated[float, Meta(ge=0, le=10)] = 0.46
    """On top of one patient's payment (Carr-Hill: 0.46); 0 = none is paid."""
    stay_months: Annotated[int, Meta(ge=0, le=12, extra={"unit": "months"})] = 0
    """Paid only once the patient has been on the list so long (proposed in 2019: 6-12); 0 = at once."""

    def apply(self, model: RegistrationModel) -> None:
        """The next payment is made with the new premium."""
        model.money.premium = self.premium
        model.money.premium_stay_months = self.stay_months


class CapitationFormula(PolicyEvent, frozen=True, tag="capitation-formula"):
    """By which formula practices and commissioners are paid for their patients."""

    formula: Literal["carr-hill", "need", "deprivation"] = "need"
    """carr-hill: as now; need: by the need of who is on the list; deprivation: more for patients of deprived areas."""

    def apply(self, model: RegistrationModel) -> None:
        """Practices are paid by it from the next quarter, commissioners from their next allocation."""
        model.money.formula = self.formula


class FundByResidence(PolicyEvent, frozen=True, tag="fund-by-residence"):
    """Commissioners are paid for the people who live in their area; nobody's registration changes."""

    def apply(self, model: RegistrationModel) -> None:
        """The next allocation is made on residents."""
        model.money.funded_by = "residence"


class AreaBased(PolicyEvent, frozen=True, tag="area-based"):
    """Area bodies plan, are paid for and register the people who live there (the NHS Reinstatement Bill's rule).

    ``fund-by-residence`` and ``register-by-residence`` together.
    """

    months: Annotated[int, Meta(ge=1, le=1200, extra={"unit": "months"})] = 36
    """Phases in which those registered elsewhere are moved."""
    capacity: Annotated[float, Meta(ge=0.0001, le=1)] = 0.02
    """Patients an area's practices can take in for this in a month, over their lists."""

    @property
    def lasting(self) -> int:
        """It does not end."""
        return 0

    def apply(self, model: RegistrationModel) -> None:
        """The next allocation is made on residents, who choose among practices of their own area."""
        model.money.funded_by = "residence"
        register_at_home_only(model)

    def each_month(self, model: RegistrationModel, months_since: int) -> None:
        """Move this month's phase."""
        model.transfers.by_residence(share_moved_home(model, self.months - months_since, self.capacity))
