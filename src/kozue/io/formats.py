"""Which format a source has: from what was asked, from its content, then from its name."""

from __future__ import annotations

import difflib
import re
from pathlib import PurePath

from kozue.core.errors import FormatError, InputError
from kozue.io.looks import looks_like
from kozue.io.notes import Notes
from kozue.io.text import head_text, refuse_binary

FORMATS = ("csv", "tsv", "parquet", "smi", "sdf", "fasta", "pdb", "mmcif")
PACKED_SUFFIXES = (".gz", ".gzip", ".zst", ".zstd", ".bz2", ".xz")
BY_SUFFIX = {
    ".csv": "csv", ".tsv": "tsv", ".tab": "tsv", ".parquet": "parquet", ".pq": "parquet",
    ".smi": "smi", ".smiles": "smi", ".ism": "smi", ".can": "smi",
    ".sdf": "sdf", ".sd": "sdf", ".mol": "sdf", ".mdl": "sdf",
    ".fasta": "fasta", ".fa": "fasta", ".faa": "fasta", ".fna": "fasta", ".fas": "fasta",
    ".pdb": "pdb", ".ent": "pdb", ".cif": "mmcif", ".mmcif": "mmcif",
}  # fmt: skip
# What people give by mistake, with the way out.
FOREIGN = (
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word file", "Save the sheet as CSV (UTF-8) and give that."),
    (b"%PDF", "a PDF document", "Give the table or the structures themselves."),
    (b"\x89PNG", "a picture", "Give the structures as SMILES or SDF."),
    (b"\xff\xd8\xff", "a picture", "Give the structures as SMILES or SDF."),
    (
        b"\x80\x04\x95",
        "a Python pickle, which is never opened because it can run code",
        "Save it as CSV or Parquet.",
    ),
    (b"SQLite format 3", "a database", "Export the table as CSV."),
)
COUNTS = re.compile(r"[ \d]{6}.*V[23]000\s*$")
PDB_LINE = re.compile(r"^(?:HEADER|TITLE |CRYST1|REMARK|MODEL |ATOM  |HETATM|COMPND|SEQRES)", re.MULTILINE)
HTML = re.compile(r"^\s*<(?:!doctype html|html|\?xml)", re.IGNORECASE)
# Most lines of a table have a delimiter that no SMILES has, or a tab after a header word.
DELIMITED = re.compile(r"\A[^\n]*[,;\t][^\n]*\n[^\n]*[,;\t]")
HEADER_WORD = re.compile(r"^(?:smiles|canonical_smiles|smi|structure|id|name)$", re.IGNORECASE)


def suffix_format(name: str) -> str:
    """Return the format that a file name promises, or ``""``."""
    suffixes = [suffix.lower() for suffix in PurePath(name).suffixes]
    while suffixes and suffixes[-1] in PACKED_SUFFIXES:
        suffixes.pop()
    return BY_SUFFIX.get(suffixes[-1], "") if suffixes else ""


def is_archive(head: bytes) -> bool:
    """Tell whether the (unpacked) content is a zip or tar archive."""
    return head.startswith((b"PK\x03\x04", b"PK\x05\x06")) or head[257:262] == b"ustar"


def format_of(head: bytes, name: str, asked: str | None, notes: Notes) -> str:
    """Decide the format of a source.

    Parameters
    ----------
    head : bytes
        First bytes, unpacked.
    name : str
        File name.
    asked : str, optional
        What the person chose.
    notes : Notes
        Where a disagreement between name and content is told.

    Raises
    ------
    InputError
        If the chosen format is none, or the file is empty.
    FormatError
        If the content is of a kind that cannot be read.
    """
    promised = suffix_format(name)
    if asked:
        asked = asked.lower().removeprefix(".")
        asked = BY_SUFFIX.get("." + asked, asked)
        if asked not in FORMATS:
            near = difflib.get_close_matches(asked, FORMATS, n=1, cutoff=0.5)
            raise InputError(
                f"There is no format named {asked[:60]!r}.",
                (f"Did you mean {near[0]!r}? " if near else "") + f"Formats: {', '.join(FORMATS)}.",
            )
    if not head.strip():
        raise InputError(
            f"{name} holds no records: it is empty.", "Check that the right file was given.", {"file": name}
        )
    _refuse_foreign(head, name)
    seen = _seen(head, name)
    if asked:
        if (asked == "parquet") != (seen == "parquet"):
            raise FormatError(
                f"{name} is not a {asked} file.",
                "Leave the format to be found by its content.",
                {"file": name},
            )
        return asked
    if seen and promised and seen != promised:
        notes.say(
            "format_by_content", f"{name} is named like {promised} but holds {seen}; it was read as {seen}."
        )
    return seen or _unseen(head, name, promised, notes)


def _unseen(head: bytes, name: str, promised: str, notes: Notes) -> str:
    """Decide for content without marks: tables, and broken files of the other formats."""
    if promised in ("csv", "tsv"):
        return promised
    kind = _table_kind(head)
    if promised == "smi":
        if kind == "smi" or not DELIMITED.search(head_text(head)):
            return "smi"
    elif promised == "parquet":
        raise FormatError(
            f"{name} is not a Parquet file.", "It may have been cut or renamed.", {"file": name}
        )
    elif promised and not _has_header(head):
        return promised
    if promised:
        notes.say("format_by_content", f"{name} is named like {promised} but holds a table with delimiters.")
    return kind


def _refuse_foreign(head: bytes, name: str) -> None:
    for magic, called, hint in FOREIGN:
        if head.startswith(magic):
            raise FormatError(f"{name} is {called}, not a table of records.", hint, {"file": name})
    if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:2] in (b'{"', b"[{", b"{\n", b"[\n", b"{ "):
        raise FormatError(f"{name} is JSON, which is not read.", "Give CSV, TSV or Parquet.", {"file": name})
    if HTML.match(head[:200].decode("latin-1")):
        raise FormatError(
            f"{name} is a web page or XML, not a table of records.",
            "A download may have delivered an error page; open it in a browser to see.",
            {"file": name},
        )


def _seen(head: bytes, name: str) -> str:
    """Return the format that the content shows beyond doubt, or ``""``."""
    if head.startswith(b"PAR1"):
        return "parquet"
    refuse_binary(head, name)
    text = head_text(head)
    start = text.lstrip("\ufeff \t\r\n")
    if start.startswith(">") and "\n" in start:
        return "fasta"
    if _is_sdf(text):
        return "sdf"
    if start.startswith("data_") and ("_atom_site" in text or "loop_" in text or "_entry.id" in text):
        return "mmcif"
    if PDB_LINE.match(start) and len(PDB_LINE.findall(text[:20000])) >= 2:
        return "pdb"
    return ""


def _is_sdf(text: str) -> bool:
    """Tell an SD file from a table whose cells hold MOL blocks or speak of them."""
    lines = text[:20_000].split("\n")
    if len(lines) > 3 and COUNTS.match(lines[3]):
        return True
    if any(mark in lines[0] for mark in ",;\t") and '"' in text[:2000]:
        return False
    return "\n$$$$" in text


def _has_header(head: bytes) -> bool:
    first = head_text(head).lstrip("\ufeff \t\r\n").split("\n", 1)[0]
    return any(HEADER_WORD.match(cell.strip('" \r')) for cell in re.split(r"[,;\t|]", first))


def _table_kind(head: bytes) -> str:
    """Tell a SMILES file from a table when neither name nor content is sure."""
    lines = [line for line in head_text(head).splitlines()[:50] if line.strip()]
    if not lines:
        return "csv"
    words = [line.split() for line in lines]
    if _has_header(head):
        return "csv"
    smiles_first = sum(looks_like("molecule", first[0]) for first in words)
    return "smi" if smiles_first >= 0.8 * len(words) else "csv"
