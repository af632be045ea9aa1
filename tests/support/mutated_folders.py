"""Folders of Parquet tables and JSON, regions and results alike, with one to three things in them changed."""

import json
import shutil
from pathlib import Path

import duckdb
import pandas as pd
from fuzzing import NUMBERS, WORDS, Case


def mutate_frame(case: Case, frame: pd.DataFrame) -> pd.DataFrame:
    """A table with a cell, a column or its rows changed."""
    how = case.pick(("cell",) * 5 + ("column type", "drop column", "rename column", "add column", "column", "order",
                    "swap names", "twice a row", "drop rows", "no rows", "many rows"))  # fmt: skip
    column = case.pick(frame.columns)
    row = case.below(len(frame))
    case.done.append(f"{how}: column {column}, row {row + 1}")
    if how == "cell":
        value = case.pick([None, case.pick(NUMBERS), case.pick(WORDS), frame[column].iloc[case.below(len(frame))]])
        if isinstance(value, str) and frame[column].dtype.kind not in "OSUT" and case.chance(0.5):
            value = case.pick(NUMBERS)
        cells = list(frame[column])
        cells[row] = value
        case.done[-1] += f" = {value!r}"[:80]
        kinds = {type(cell) for cell in cells if cell is not None}
        frame[column] = cells if len(kinds) <= 1 else [None if cell is None else str(cell) for cell in cells]
        if all(isinstance(cell, bool | int | float) and abs(cell) < 2**53 for cell in cells):
            frame[column] = [float(cell) for cell in cells]
    elif how == "column type":
        kind = case.pick(("str", "float64", "bool"))
        try:
            frame[column] = frame[column].astype(kind)
        except (TypeError, ValueError):
            frame[column] = frame[column].astype(str)
    elif how == "drop column":
        frame = frame.drop(columns=column)
    elif how == "rename column":
        frame = frame.rename(columns={column: case.typo(str(column)) or "x"})
    elif how == "add column":
        frame[case.pick([*WORDS[3:20], "area", "practice", "month"])] = case.pick(NUMBERS[:6])
    elif how == "column":
        value = case.pick([0, -1, 1e9, None, "x", True, float("nan")])
        frame[column] = pd.Series([value] * len(frame), dtype=None if value is not None else object)
    elif how == "order":
        frame = frame.iloc[case.rng.permutation(len(frame))]
    elif how == "swap names":
        other = case.pick(frame.columns)
        frame = frame.rename(columns={column: other, other: column})
    elif how == "twice a row":
        frame = pd.concat([frame, frame.iloc[[row]]])
    elif how == "drop rows":
        frame = frame.drop(frame.index[case.rng.random(len(frame)) < 0.5])
    elif how == "no rows":
        frame = frame.iloc[:0]
    else:
        frame = pd.concat([frame] * 3)
    return frame


def mutate_region(case: Case, source: Path, target: Path) -> None:
    """A copy of a region's folder with one to three things changed."""
    shutil.copytree(source, target)
    for _ in range(1 + case.below(3)):
        files = sorted(path for path in target.iterdir() if path.is_file() and not path.is_symlink())
        if not files:
            return
        file = case.pick(files)
        how = case.pick(("table",) * 6 + ("bytes", "gone", "folder", "link", "other"))
        case.done.append(f"{file.name}: {how}")
        if how == "gone":
            file.unlink()
        elif how == "folder":
            file.unlink()
            file.mkdir()
        elif how == "link":
            file.unlink()
            file.symlink_to(case.pick([file.name, "..", "/dev/null", "absent"]))
        elif how == "other":
            file.write_bytes(case.pick(files).read_bytes())
        elif how == "bytes":
            file.write_bytes(case.broken(file.read_bytes()))
        elif file.suffix == ".json":
            try:
                about = json.loads(file.read_bytes())
            except ValueError:
                continue
            file.write_text(json.dumps(case.mutated(about)), encoding="utf-8", errors="surrogatepass")
        else:
            rewrite(case, file)


def rewrite(case: Case, file: Path) -> None:
    """One table read, mutated and written again; what cannot be read again is broken enough."""
    try:
        with duckdb.connect() as con:
            frame = con.read_parquet(str(file)).df()
            if not len(frame):
                return
            frame = mutate_frame(case, frame)
            con.register("changed", frame)
            con.execute(f"COPY (SELECT * FROM changed) TO '{file}' (FORMAT parquet)")
    except (duckdb.Error, ValueError, OverflowError, TypeError) as unwritable:
        case.done.append(f"not written: {str(unwritable)[:60]}")
        file.write_bytes(b"PAR1 not a table PAR1")
