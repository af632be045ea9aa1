"""Ages and sexes of practices' lists, from the published lists by single year of age."""

from __future__ import annotations

from model.errors import InputError
from model.geography.published_rows import PublishedFiles


def load_ages(read: PublishedFiles) -> None:
    """Make the table ``ages`` of practices' lists by sex and single year of age, everybody once.

    Raises:
        InputError: a sex or an age that is none, somebody twice, or men without women.
    """
    read.con.execute("CREATE TABLE ages (practice VARCHAR, sex VARCHAR, age INTEGER, patients BIGINT, file INTEGER)")
    files = read.files.get("list_ages", [])
    for i, file in enumerate(files):
        for role, pattern, expected in (
            ("sex", "ALL|MALE|FEMALE", "ALL, MALE or FEMALE"),
            ("age", r"ALL|\d{1,3}\+?", "a single year such as 17, 95+ or ALL"),
        ):
            found = read.con.execute(f"""
                SELECT row, practice, {role} FROM list_ages_{i}
                WHERE NOT regexp_full_match(upper(coalesce({role}, '')), '{pattern}') ORDER BY row LIMIT 1
            """).fetchall()
            if found:
                row, practice, value = found[0]
                raise InputError(
                    f"{file.name}, row {row} (practice {practice}), column {file.column(role)}: found {value or ''!r}, "
                    f"expected {expected}; correct the cell"
                )
        # The file of regions and commissioners has the same columns.
        practices = "AND upper(type) = 'GP'" if "type" in file.columns else ""
        read.con.execute(f"""
            INSERT INTO ages SELECT practice, upper(sex), replace(age, '+', '')::INTEGER, patients, {i} FROM list_ages_{i}
            WHERE upper(age) <> 'ALL' AND upper(sex) <> 'ALL' {practices}
        """)
    twice = read.con.execute("""
        SELECT practice, sex, age, min(file), max(file) FROM ages GROUP BY ALL HAVING count(*) > 1 ORDER BY ALL LIMIT 1
    """).fetchall()
    if twice:
        practice, sex, age, first, second = twice[0]
        raise InputError(
            f"{files[second].name}, practice {practice}: found {sex} aged {age} again, expected them in one file "
            f"({files[first].name}); leave one out"
        )
    given = read.con.execute("SELECT sex, max(file) FROM ages GROUP BY sex").fetchall()
    if len(given) == 1:
        sex, i = given[0]
        raise InputError(
            f"{files[i].name}, column {files[i].column('sex')}: found {sex} alone, expected MALE and FEMALE; "
            "add the other file, or leave lists by age out"
        )
