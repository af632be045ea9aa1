"""Looking closer: one commissioner, one practice, one patient, chosen by code, name, number or on the map."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass

import solara

from model.errors import InputError
from runs.app_panels import commissioner_facts, practice_facts, practice_named
from runs.app_patients import KINDS, facts, find, story
from runs.app_session import Session
from runs.app_views import Choice, Facts, Words


@dataclass(frozen=True)
class Picks:
    """What a visitor looks at, in one run; -1 = nothing."""

    run: int = 0
    practice: int = -1
    commissioner: int = -1

    def of_practice(self, practice: int) -> Picks:
        """The same with this practice."""
        return dataclasses.replace(self, practice=practice)

    def of_commissioner(self, commissioner: int) -> Picks:
        """The same with this commissioner, and no practice."""
        return dataclasses.replace(self, commissioner=commissioner, practice=-1)


@solara.component
def Closer(session: Session, version: tuple[int, int], picks: Picks, on_picks: Callable[[Picks], None]) -> None:
    """Panels of what is picked, and ways to pick."""
    with session.lock:
        region = session.region
        names = {str(i): f"{region.name_of(code)} ({code})" for i, code in enumerate(region.commissioners.tolist())}
    chosen = str(picks.commissioner) if picks.commissioner >= 0 else None
    with solara.Div(classes=["gp-panel"], style="max-height: calc(100vh - 130px); overflow-y: auto"):
        Choice("Commissioner", names, chosen, lambda key: on_picks(picks.of_commissioner(int(key))), "choose one")
        with solara.Div():  # always there, so that what follows keeps its place
            if picks.commissioner >= 0:
                with session.lock:
                    Facts(commissioner_facts(session.model, picks.commissioner))
        Practice(session, version, picks, on_picks)
        Patient(session, version)


@solara.component
def Practice(session: Session, version: tuple[int, int], picks: Picks, on_picks: Callable[[Picks], None]) -> None:
    """One practice."""
    problem, set_problem = solara.use_state("")

    def choose(text: str) -> None:
        if not text.strip():
            return
        try:
            with session.lock:
                found = practice_named(session.model, text)
        except InputError as mistake:
            set_problem(f"{mistake}.")
            return
        set_problem("")
        on_picks(picks.of_practice(found))

    code = "" if picks.practice < 0 else str(session.model.region.practices[picks.practice])
    solara.InputText("Practice: code or name, then Enter", code, on_value=choose, error=problem or False, dense=True)
    if picks.practice >= 0:
        with session.lock:
            Facts(practice_facts(session.model, picks.practice))


@solara.component
def Patient(session: Session, version: tuple[int, int]) -> None:
    """One patient, followed from month to month."""
    problem, set_problem = solara.use_state("")
    _, refresh = solara.use_state(0)

    def follow(row: int | None) -> None:
        try:
            if row is None:
                raise InputError("nobody like that is here this month")
            session.follow(row)
            set_problem("")
        except InputError as mistake:
            set_problem(f"{mistake}.")
        refresh(lambda now: now + 1)

    def search(kind: str) -> None:
        with session.lock:
            follow(find(session.model, kind, -1 if session.followed is None else session.followed))

    solara.v.Html(tag="h2", children=["Follow one patient"])
    with solara.Row(style="flex-wrap: wrap; gap: 6px; align-items: center"):
        for kind in KINDS:
            solara.Button(kind.capitalize(), on_click=lambda kind=kind: search(kind), small=True, outlined=True)
    solara.InputInt("Patient number", session.followed, on_value=follow, optional=True, dense=True)
    Words(problem, "gp-pending" if problem else "gp-quiet")
    if session.followed is None:
        return
    with session.lock:
        Words(story(session.model, session.followed))
        with solara.v.Html(tag="ol", class_="gp-diary"):
            for month, line in session.diary[-12:]:
                solara.v.Html(tag="li", children=[f"{month:%b %Y}: {line}"])
        Facts(facts(session.model, session.followed))
