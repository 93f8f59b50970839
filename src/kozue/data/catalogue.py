"""The catalogue: every data set that a model of Kozue was trained or judged on."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from kozue.core.errors import unknown_name
from kozue.core.records import Label


@dataclass(frozen=True, slots=True)
class DataSource:
    """A file as its publisher offers it.

    Parameters
    ----------
    name : str
        Name under which it is kept.
    url : str
        Where it is downloaded from.
    sha256 : str
        What its bytes must hash to; ``""`` if nobody has recorded it: the first download then is.
    """

    name: str
    url: str
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class DataFile:
    """A file that :func:`kozue.data.get` gives.

    Parameters
    ----------
    name : str
        File name.
    sha256 : str
        Hash of the copy in a mirror.
    content : str
        Hash of its values (see :func:`kozue.data.prepare.content_hash`), which does not depend on who
        wrote the file; what is prepared here must match it.
    rows : int
        Number of records.
    prepare : str
        How it is made: a name in :mod:`kozue.data.prepare`; ``""`` if it is the source itself.
    sources : tuple of DataSource
        What it is made from, in this order; empty if it comes from a mirror alone.
    datasets : tuple of str
        For stacked tables: the name of each source's rows in the column ``dataset``.
    """

    name: str
    sha256: str
    content: str
    rows: int
    prepare: str
    sources: tuple[DataSource, ...]
    datasets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DataColumn:
    """A column, its unit and what it is."""

    name: str
    unit: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class DataSet:
    """One data set.

    Parameters
    ----------
    name : str
        Short name.
    title : Label
        What it is, in both languages.
    description, homepage, licence, citation : str
        For people; the licence is an SPDX identifier where one exists.
    rows : int
        Records of all files together.
    mirror : str
        Its folder below ``KOZUE_MIRROR``.
    caution : str
        What to know before training on it.
    files : tuple of DataFile
        What :func:`kozue.data.get` gives.
    columns : tuple of DataColumn
        Of all files.
    """

    name: str
    title: Label
    description: str
    homepage: str
    licence: str
    citation: str
    rows: int
    mirror: str
    caution: str
    files: tuple[DataFile, ...]
    columns: tuple[DataColumn, ...]


def read_catalogue(text: str) -> dict[str, DataSet]:
    """Read a catalogue from its TOML text."""
    return {name: _data_set(name, entry) for name, entry in tomllib.loads(text).items()}


def _data_set(name: str, entry: Mapping[str, Any]) -> DataSet:
    listed = tuple(_data_file(file) for file in entry["files"])
    return DataSet(
        name=name,
        title=Label(entry["title"]["en"], entry["title"]["ja"]),
        description=entry["description"],
        homepage=entry["homepage"],
        licence=entry["licence"],
        citation=entry["citation"],
        rows=sum(file.rows for file in listed),
        mirror=entry["mirror"],
        caution=entry.get("caution", ""),
        files=listed,
        columns=tuple(DataColumn(**column) for column in entry["columns"]),
    )


def _data_file(entry: Mapping[str, Any]) -> DataFile:
    return DataFile(
        name=entry["name"],
        sha256=entry["sha256"],
        content=entry.get("content", ""),
        rows=entry["rows"],
        prepare=entry.get("prepare", ""),
        sources=tuple(
            DataSource(source["name"], source["url"], source.get("sha256", "")) for source in entry["sources"]
        ),
        datasets=tuple(source["dataset"] for source in entry["sources"] if "dataset" in source),
    )


@cache
def catalogue() -> dict[str, DataSet]:
    """Return every data set by name."""
    return read_catalogue(files("kozue.data").joinpath("catalogue.toml").read_text(encoding="utf-8"))


def find(name: str) -> DataSet:
    """Return a data set by name.

    Raises
    ------
    UnknownNameError
        If there is none; lists those that exist.
    """
    known = catalogue()
    if name not in known:
        raise unknown_name("data set", name, known)
    return known[name]


def describe(name: str) -> str:
    """Return what is known about a data set, as text for people.

    Raises
    ------
    UnknownNameError
        If there is none of this name.
    """
    entry = find(name)
    lines = [
        f"{entry.name}: {entry.title.en} ({entry.title.ja})",
        "",
        entry.description,
        "",
        f"Rows:     {entry.rows:,}",
        f"Licence:  {entry.licence}",
        f"Cite:     {entry.citation}",
        f"Homepage: {entry.homepage}",
    ]
    if entry.caution:
        lines.append(f"Caution:  {entry.caution}")
    lines += ["", "Columns:"]
    for column in entry.columns:
        unit = f" [{column.unit}]" if column.unit else ""
        lines.append(f"  {column.name}{unit}" + (f": {column.description}" if column.description else ""))
    lines += ["", "Files:"]
    for file in entry.files:
        made = " (made here from the publisher's files)" if file.prepare else ""
        lines.append(f"  {file.name}: {file.rows:,} rows{made}, sha256 {file.sha256[:16]}…")
        lines += [f"    from {source.url}" for source in file.sources]
    return "\n".join(lines)
