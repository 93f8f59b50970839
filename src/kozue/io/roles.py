"""Which of the user's columns plays which role, guessed from names, metadata and content."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from kozue.core.errors import RoleError
from kozue.core.records import Column, Schema
from kozue.io.looks import BY_ROLE, share
from kozue.io.notes import Notes

if TYPE_CHECKING:
    import pyarrow as pa

# Names under which a role is found in the wild, normalised as `normal` does; the likeliest first.
SYNONYMS: dict[str, tuple[str, ...]] = {
    "molecule": (
        "smiles", "canonical_smiles", "isomeric_smiles", "smiles_string", "std_smiles", "standard_smiles",
        "rdkit_smiles", "compound_smiles", "ligand_smiles", "drug_smiles", "smiles_canonical", "smi",
        "mol", "molecule", "structure", "drug", "compound", "ligand", "molfile", "mol_block",
        "スマイルズ", "構造", "構造式", "化学構造", "化学構造式", "分子", "分子構造", "化合物構造",
    ),
    "identifier": (
        "id", "compound_id", "molecule_id", "mol_id", "drug_id", "ligand_id", "record_id", "sample_id", "cid",
        "molecule_chembl_id", "chembl_id", "pubchem_cid", "drugbank_id", "cas", "cas_number", "identifier",
        "uniprot_id", "accession", "pdb_id", "番号", "化合物id", "化合物番号", "識別子", "管理番号",
    ),
    "name": (
        "name", "compound_name", "drug_name", "molecule_name", "title", "generic_name", "common_name",
        "label",        "名称", "名前", "化合物名", "薬剤名", "医薬品名", "一般名",
    ),
    "protein_sequence": (
        "sequence", "protein_sequence", "seq", "aa_sequence", "amino_acid_sequence", "target_sequence",
        "protein", "target", "配列", "アミノ酸配列", "タンパク質配列",
    ),
    "nucleotide_sequence": (
        "sequence", "rna_sequence", "dna_sequence", "nucleotide_sequence", "seq", "rna", "dna",
        "配列", "塩基配列",
    ),
    "protein_structure": ("structure", "pdb", "pdb_text", "mmcif", "cif", "coordinates", "構造", "立体構造"),
    "value": (
        "value", "y", "label", "target", "activity", "measured", "measurement", "measured_value", "observed",
        "pic50", "pki", "値", "測定値", "実測値", "活性",
    ),
    "text": ("text", "abstract", "document", "body", "content", "本文", "抄録", "テキスト", "文章"),
    "date": ("date", "year", "日付", "年月日"),
    "category": ("category", "class", "group", "type", "分類", "種類"),
}  # fmt: skip
# Content must agree with a name at least this much; less means that the name meant something else.
AGREES = 0.3
SURELY = 0.8

Samples = Mapping[str, Sequence[str | None]]


def normal(name: str) -> str:
    """Bring a column name to the form in which names are compared.

    >>> normal("Canonical SMILES ")
    'canonical_smiles'
    """
    text = unicodedata.normalize("NFKC", name).strip().lower()
    return re.sub(r"[\W_]+", "_", text).strip("_")


def known_names(schema: Schema) -> frozenset[str]:
    """Return names in lower case that surely belong to a header line."""
    names = {column.name for column in schema}
    for words in SYNONYMS.values():
        names.update(words)
    return frozenset(name.lower() for name in names)


def assign(
    schema: Schema,
    arrow: pa.Schema,
    samples: Samples,
    overrides: Mapping[str, str] | None,
    notes: Notes,
) -> dict[str, str]:
    """Find the user's column for each column of the schema.

    Parameters
    ----------
    schema : Schema
        What the operation takes.
    arrow : pyarrow.Schema
        The user's columns, possibly with Kozue's metadata.
    samples : mapping of str to sequence of str
        Some values of each column as text.
    overrides : mapping of str to str
        Canonical name -> user's column, as the person chose.
    notes : Notes
        Where guesses are told.

    Returns
    -------
    dict of str to str
        Canonical name -> user's column, for those that were found.

    Raises
    ------
    RoleError
        If a chosen column does not exist, or a required role has no column.
    """
    chosen = _given(schema, arrow, overrides, notes)
    for column in sorted(schema, key=lambda column: not column.required):
        if column.name in chosen:
            continue
        free = [name for name in arrow.names if name not in chosen.values()]
        found = _by_name(column, arrow, free, samples, notes) or _by_content(column, free, samples, notes)
        if found is not None:
            chosen[column.name] = found
        elif column.required:
            raise _missing(column, arrow.names, notes.name)
    for column in schema:
        if column.name in chosen:
            _doubt(column, chosen[column.name], arrow.names, samples, notes)
    return {column.name: chosen[column.name] for column in schema if column.name in chosen}


def _given(
    schema: Schema, arrow: pa.Schema, overrides: Mapping[str, str] | None, notes: Notes
) -> dict[str, str]:
    chosen: dict[str, str] = {}
    for canonical, name in (overrides or {}).items():
        if canonical not in schema:
            near = difflib.get_close_matches(canonical, schema.names, n=2, cutoff=0.5)
            raise RoleError(
                f"There is no role {canonical[:100]!r} to choose a column for.",
                (f"Did you mean {' or '.join(near)}? " if near else "")
                + f"Roles: {', '.join(schema.names)}.",
                {"file": notes.name},
            )
        if name not in arrow.names:
            near = difflib.get_close_matches(str(name), arrow.names, n=3, cutoff=0.4)
            raise RoleError(
                f"{notes.name} has no column {str(name)[:100]!r} (chosen for {canonical!r}).",
                (f"Did you mean {' or '.join(map(repr, near))}? " if near else "")
                + f"Columns: {listed(arrow.names)}.",
                {"file": notes.name, "column": str(name)[:100]},
            )
        if name in chosen.values():
            raise RoleError(
                f"The column {name[:100]!r} was chosen for two roles.",
                "Give each role a column of its own.",
                {"file": notes.name, "column": name[:100]},
            )
        chosen[canonical] = name
    return chosen


def _by_name(
    column: Column, arrow: pa.Schema, free: Sequence[str], samples: Samples, notes: Notes
) -> str | None:
    if column.name in free:
        return column.name
    same = [name for name in free if normal(name) == normal(column.name)]
    if same:
        return _pick(column, same, notes)
    if column.role is None:
        return None
    told = [
        name for name in free if (arrow.field(name).metadata or {}).get(b"kozue.role") == column.role.encode()
    ]
    if told:
        return _pick(column, told, notes)
    words = SYNONYMS.get(column.role, ())
    by_normal: dict[str, list[str]] = {}
    for name in free:
        by_normal.setdefault(normal(name), []).append(name)
    named = [name for word in words for name in by_normal.get(normal(word), ())]
    if column.role in BY_ROLE:
        named = [name for name in named if share(column.role, samples.get(name, ())) >= AGREES]
    return _pick(column, named, notes) if named else None


def _by_content(column: Column, free: Sequence[str], samples: Samples, notes: Notes) -> str | None:
    if not column.required or column.role not in BY_ROLE:
        return None
    shares = {name: share(column.role, samples.get(name, ())) for name in free}
    likely = sorted((name for name in free if shares[name] >= SURELY), key=lambda name: -shares[name])
    if not likely:
        return None
    notes.say(
        "guessed_column",
        f"{notes.name}: the column {likely[0][:100]!r} was taken as {column.name!r} by the look of its values"
        + (f" (so do those of {listed(likely[1:])})" if len(likely) > 1 else "")
        + ".",
    )
    return likely[0]


def _pick(column: Column, candidates: Sequence[str], notes: Notes) -> str:
    distinct = list(dict.fromkeys(candidates))
    if len(distinct) > 1:
        notes.say(
            "guessed_column",
            f"{notes.name}: the column {distinct[0][:100]!r} was taken as {column.name!r}; "
            f"{listed(distinct[1:])} could be meant as well.",
        )
    return distinct[0]


def _doubt(column: Column, name: str, names: Sequence[str], samples: Samples, notes: Notes) -> None:
    """Warn when a column's values do not look like its role."""
    role = column.role or ""
    values = samples.get(name, ())
    if role not in (*BY_ROLE, "protein_structure") or not any(values) or share(role, values) >= AGREES:
        return
    better = [other for other in names if other != name and share(role, samples.get(other, ())) >= SURELY]
    notes.say(
        "unlikely_column",
        f"{notes.name}: most values of the column {name[:100]!r} do not look like {role.replace('_', ' ')}s"
        + (f"; those of {listed(better)} do" if better else "")
        + ".",
    )


def _missing(column: Column, names: Sequence[str], source: str) -> RoleError:
    near = difflib.get_close_matches(column.name, names, n=2, cutoff=0.5)
    option = column.name.replace("_", "-")
    return RoleError(
        f"{source} has no column for {column.name!r}"
        + (f" ({column.role.replace('_', ' ')})." if column.role else "."),
        (f"Did you mean {' or '.join(map(repr, near))}? " if near else "")
        + f"Name it with columns={{{column.name!r}: '…'}} or --{option}-column. Columns: {listed(names)}.",
        {"file": source},
    )


def listed(names: Sequence[str]) -> str:
    """Join column names for a message, at most 20 and each at most 60 characters."""
    shown = ", ".join(repr(name[:60]) for name in names[:20])
    return shown + (f", … ({len(names)} in all)" if len(names) > 20 else "")
