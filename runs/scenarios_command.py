"""``gpdrift scenarios``: what can be run, every parameter that can be set and every event a timeline may hold."""

from __future__ import annotations

import json
import textwrap
from typing import Any

import click


@click.command()
@click.option("--parameters", "show_parameters", is_flag=True, help="List every parameter instead.")
@click.option("--events", "show_events", is_flag=True, help="List every policy event and its fields instead.")
@click.option("--markdown", "as_markdown", is_flag=True, help="With --parameters: print the tables of model/ODD.md.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def scenarios(show_parameters: bool, show_events: bool, as_markdown: bool, as_json: bool) -> None:
    """List the scenarios that come with gpdrift, or what a scenario is made of: its parameters, or the policy events there are."""
    if as_markdown and not show_parameters:
        raise click.UsageError("--markdown goes with --parameters")
    if show_parameters and show_events:
        raise click.UsageError("--parameters and --events are two lists; ask for one")
    if show_events:
        from runs.event_list import as_rows, event_kinds, lines_of

        events = event_kinds()
        click.echo(
            json.dumps(as_rows(events), indent=2, ensure_ascii=False) if as_json else "\n".join(lines_of(events))
        )
        return
    rows = _parameter_rows() if show_parameters else _scenario_rows()
    if as_markdown:
        click.echo(parameter_tables())
    elif as_json:
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
    elif show_parameters:
        click.echo("\n".join(_parameter_lines(rows)))
    else:
        width = max(len(row["name"]) for row in rows) + 2
        for row in rows:
            click.echo(f"{row['name']:<{width}}{row['title']}")
            indent = " " * width
            if row["question"]:
                click.echo(
                    textwrap.fill(
                        row["question"], 110, break_on_hyphens=False, initial_indent=indent, subsequent_indent=indent
                    )
                )
            if happens := _events_line(row):
                click.echo(
                    textwrap.fill(
                        happens, 110, break_on_hyphens=False, initial_indent=indent, subsequent_indent=indent + "  "
                    )
                )
            click.echo()
        click.echo(
            "Run one with gpdrift run NAME, compare some with gpdrift compare NAME NAME; gpdrift scenarios --parameters lists what --set can change, gpdrift scenarios --events what a timeline may hold."
        )


def _scenario_rows() -> list[dict[str, Any]]:
    from runs.library import against, library

    return [
        {
            "name": scenario.name,
            "title": scenario.title,
            "question": scenario.question,
            "against": against(scenario),
            "region": scenario.region,
            "months": scenario.months,
            "events": [
                {"month": event.month.isoformat(), "event": type(event).__struct_config__.tag}
                for event in scenario.timeline
            ],
        }
        for scenario in library()
    ]


def _events_line(row: dict[str, Any]) -> str:
    """What happens when, and what it is compared with, in one line."""
    events = ", ".join(f"{event['event']} ({event['month'][:7]})" for event in row["events"])
    compared = f"Compared with {row['against']}." if row["against"] else ""
    return " ".join(part for part in (f"Events: {events}." if events else "", compared) if part)


def _parameter_rows() -> list[dict[str, Any]]:
    from model.scenario_files import parameters

    return [row._asdict() for row in parameters()]


def _parameter_lines(rows: list[dict[str, Any]]) -> list[str]:
    lines = []
    section = ""
    for row in rows:
        if "." in row["key"] and (here := row["key"].partition(".")[0]) != section:
            section = here
            lines += ["", f"[{section}]"]
        shown = _shown(row["default"])
        unit = f" {row['unit']}" if row["unit"] else ""
        span = f"  ({row['range']})" if row["range"] else ""
        source = f" [{row['source']}]" if row["source"] else ""
        lines.append(f"{row['key']} = {shown}{unit}{span}")
        if row["meaning"] or source:
            lines.append(f"    {row['meaning']}{source}")
    return lines


def _shown(default: Any) -> str:
    """A default as TOML has it."""
    return "[" + ", ".join(map(str, default)) + "]" if isinstance(default, tuple) else json.dumps(default)


def parameter_tables() -> str:
    """Every parameter in Markdown, one table for each section: the appendix of ``model/ODD.md``."""
    head = ["", "| parameter | default | unit | range | meaning | source |", "|---|---|---|---|---|---|"]
    lines = ["### The run", *head]
    section = ""
    for row in _parameter_rows():
        before, dot, name = row["key"].rpartition(".")
        if dot and before != section:
            section = before
            lines += ["", f"### {section}", *head]
        cells = (f"`{name}`", _shown(row["default"]), row["unit"], row["range"], row["meaning"], row["source"])
        lines.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
    return "\n".join(lines)
