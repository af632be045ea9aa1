"""Policy on organisations: networks, federations, trusts and mergers of commissioners."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from model.policy_event import PolicyEvent, in_words, position_of

if TYPE_CHECKING:
    from model.geography.region import Region
    from model.model import RegistrationModel


class FormNetworks(PolicyEvent, frozen=True, tag="form-networks"):
    """Practices form primary care networks inside their commissioner, which bring added staff."""

    smallest: Annotated[int, Meta(ge=0, le=500_000, extra={"unit": "patients"})] = 0
    """Patients aimed at, least; 0 = as ``networks.smallest`` says."""
    largest: Annotated[int, Meta(ge=0, le=500_000, extra={"unit": "patients"})] = 0
    """Patients aimed at, most; 0 = as ``networks.largest`` says."""
    staff: Annotated[float, Meta(ge=-1, le=2)] = -1.0
    """Capacity that added staff bring once all are in post, over that of the GPs; -1 = as ``networks.staff`` says."""
    published: bool = False
    """Whether the networks the region publishes are taken, where it has them, instead of new ones."""

    def check(self, model: RegistrationModel) -> None:
        """Refuse a band that is upside down."""
        if self.largest and self.largest < (self.smallest or model.scenario.networks.smallest):
            raise self.refuse("largest", self.largest, "at least as many patients as smallest")

    def apply(self, model: RegistrationModel) -> str:
        """Form the networks."""
        from model.providers.networks import form_networks

        default = model.scenario.networks
        staff = default.staff if self.staff < 0 else self.staff
        smallest, largest = self.smallest or default.smallest, self.largest or default.largest
        form_networks(model, smallest, largest, staff, published=self.published)
        return f"{len(model.networks):,} networks"


class Federate(PolicyEvent, frozen=True, tag="federate"):
    """Practices federate with near ones: one catchment, shared access, perhaps one list."""

    share: Annotated[float, Meta(ge=0, le=1)] = 0.5
    """Share of practices that joins a federation."""
    practices: Annotated[int, Meta(ge=0, le=200, extra={"unit": "practices"})] = 0
    """Aimed at in a federation; 0 = as ``federations.practices`` says."""
    merge: bool = False
    """Whether each federation becomes one super-practice with one list."""

    def apply(self, model: RegistrationModel) -> str:
        """Form the federations."""
        from model.providers.federation import federate

        federate(model, self.share, self.practices or model.scenario.federations.practices, self.merge)
        joined = int((model.lists.exists & (model.lists.federation >= 0)).sum())
        members = "each with one list" if self.merge else f"{joined:,} practices in them"
        return f"{len(model.federations):,} federations, {members}"


class TrustTakeover(PolicyEvent, frozen=True, tag="trust-takeover"):
    """Hospital trusts take over practices near them until they run a share of all."""

    share: Annotated[float, Meta(ge=0, le=1)] = 0.1
    """Share of practices run by trusts (England 2021: 0.013)."""

    def apply(self, model: RegistrationModel) -> str:
        """Take them over."""
        from model.providers.trust import place_trusts, take_over

        if not model.trusts:
            place_trusts(model)
        take_over(model, self.share)
        lists = model.lists
        run = int((lists.exists & (lists.trust >= 0)).sum())
        return f"trusts run {run:,} of {int(lists.exists.sum()):,} practices"


class MergeCommissioners(PolicyEvent, frozen=True, tag="merge-commissioners"):
    """Commissioners merge; nobody moves, and borders between them stop counting on the boundaries of the day."""

    commissioners: tuple[str, ...] = ()
    """Codes or names of those that become one; none = all of each system (STP, ICS) become one."""
    into: str = ""
    """Code of the new one; empty = the code of the system, or of the first with a plus sign."""

    def check(self, model: RegistrationModel) -> None:
        """Refuse commissioners there are not, a group of one, and a code already in use."""
        if not self.commissioners:
            if self.into:
                raise self.refuse("into", self.into, "the commissioners that become it; add commissioners = [...]")
            return
        region = model.region
        olds = [region.commissioners[p] for p in self._positions(region)]
        if len(set(olds)) < 2:
            raise self.refuse("commissioners", list(self.commissioners), "at least two different ones")
        if self.into and self.into in region.commissioners:
            raise self.refuse("into", self.into, "a code no commissioner of the region has")

    def apply(self, model: RegistrationModel) -> str:
        """Merge them as they stand today: those that have merged before merge as what they have become."""
        groups = []
        for olds, new in self.groups(model.region):
            today = [current for old in olds if (current := _today(model, old)) != new]
            if today := list(dict.fromkeys(today)):
                groups.append((today, new))
        model.merge_commissioners(groups)
        return (
            "; ".join(f"{in_words(model.region, today)} to {new}" for today, new in groups) or "all had merged before"
        )

    def groups(self, region: Region) -> list[tuple[list[str], str]]:
        """(commissioners of the region that become one, its code)."""
        codes = region.commissioners.tolist()
        if self.commissioners:
            olds = [codes[position] for position in self._positions(region)]
            return [(olds, self.into or f"{olds[0]}+")]
        from model.commissioning.successors import system_of_commissioners

        members: dict[int, list[str]] = {}
        for code, system in zip(codes, system_of_commissioners(region).tolist(), strict=True):
            members.setdefault(system, []).append(code)
        return [(olds, str(region.systems[system])) for system, olds in sorted(members.items()) if len(olds) > 1]

    def _positions(self, region: Region) -> list[int]:
        return [
            position_of(self, "commissioners", text, region, region.commissioners, "commissioner")
            for text in self.commissioners
        ]


def _today(model: RegistrationModel, code: str) -> str:
    """What a commissioner of the region has become by now."""
    became = {old: new for old, since, new in model.successors if str(since)[:10] <= model.month.isoformat()}
    seen = {code}
    while code in became and became[code] not in seen:
        code = became[code]
        seen.add(code)
    return code
