"""Record schemas: columns with a role and a unit, and the two error columns every result has.

A :class:`Schema` is plain data (no Arrow import), so that command-line help, OpenAPI pages and
agent tool lists can be made from it without loading numpy or pyarrow.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    import pyarrow as pa

    Batch: TypeAlias = pa.RecordBatch
else:
    Batch = "pyarrow.RecordBatch"

ERROR_CODE = "error_code"
ERROR_MESSAGE = "error_message"
#: 0-based input position of a record, added to the batches of a job so that it can name rows.
ROW = "_row"

Role = Literal[
    "molecule",  # SMILES (or a MOL block, told apart by content)
    "protein_structure",  # PDB or mmCIF text
    "protein_sequence",
    "nucleotide_sequence",
    "text",
    "identifier",
    "name",
    "value",
    "interval_low",
    "interval_high",
    "probability",
    "category",
    "neighbours",  # list of {smiles, value, similarity}
    "atom_weights",  # list of one number an atom, in the order of the SMILES
    "marked_atoms",  # list of the atoms of the structure to mark, 0-based
    "date",
]


@dataclass(frozen=True, slots=True)
class Label:
    """A text in the product's two languages.

    Parameters
    ----------
    en, ja : str
        English and Japanese wording.
    """

    en: str
    ja: str

    def __getitem__(self, language: str) -> str:
        return self.ja if language == "ja" else self.en


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a record schema.

    Parameters
    ----------
    name : str
        Column name, lower case with underscores.
    type : str
        Arrow type by name: ``string``, ``double``, ``float``, ``int64``, ``int32``, ``bool``, or a
        ``list<…>`` of these or of ``struct<…>``, see :func:`arrow_type`.
    role : Role, optional
        What the column means; readers, forms, tables and pictures follow from it.
    unit : str, optional
        Unit of the values in plain text, for example ``"log10(mol/L)"``; ``""`` if it has none.
    label : Label, optional
        What a person reads instead of the name.
    description : str, optional
        One sentence.
    required : bool, default True
        Whether an input must have it.
    group : str, optional
        Columns of one group belong together in tables and reports (an endpoint and its interval).
    """

    name: str
    type: str = "string"
    role: Role | None = None
    unit: str = ""
    label: Label | None = None
    description: str = ""
    required: bool = True
    group: str = ""

    def title(self, language: str = "en") -> str:
        """Return the label in the language, or the name made readable."""
        return str(self.label[language]) if self.label else self.name.replace("_", " ")

    def as_dict(self) -> dict[str, Any]:
        """Return the column as JSON-ready data, as the doors show it."""
        return {
            "name": self.name,
            "type": self.type,
            "role": self.role,
            "unit": self.unit,
            "label": {"en": self.title("en"), "ja": self.title("ja")},
            "description": self.description,
            "required": self.required,
            "group": self.group,
        }


@dataclass(frozen=True, slots=True)
class Schema:
    """A named, ordered set of columns.

    Parameters
    ----------
    name : str
        What one record is, for example ``"molecule"``.
    columns : tuple of Column
        In the order in which they are shown.
    """

    name: str
    columns: tuple[Column, ...] = field(default_factory=tuple)

    def __iter__(self) -> Any:
        return iter(self.columns)

    def __getitem__(self, name: str) -> Column:
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    def __contains__(self, name: object) -> bool:
        return any(column.name == name for column in self.columns)

    @property
    def names(self) -> list[str]:
        """Column names in order."""
        return [column.name for column in self.columns]

    @property
    def required(self) -> list[Column]:
        """Columns that an input must have."""
        return [column for column in self.columns if column.required]

    def with_columns(self, *columns: Column) -> Schema:
        """Return a copy with further columns at the end."""
        return replace(self, columns=self.columns + columns)

    def to_arrow(self) -> pa.Schema:
        """Return the Arrow schema; roles, units and labels are in the fields' metadata."""
        import pyarrow as pa

        return pa.schema([arrow_field(column) for column in self.columns])


Molecule = Schema(
    "molecule",
    (
        Column(
            "smiles", role="molecule", label=Label("Structure", "構造"), description="SMILES of the molecule."
        ),
        Column(
            "id",
            role="identifier",
            required=False,
            label=Label("ID", "ID"),
            description="Your own identifier.",
        ),
        Column(
            "name", role="name", required=False, label=Label("Name", "名称"), description="A readable name."
        ),
    ),
)

NEIGHBOURS_TYPE = "list<struct<smiles: string, value: float, similarity: float>>"


def arrow_type(name: str) -> pa.DataType:
    """Return the Arrow data type for a type name of :class:`Column`.

    Parameters
    ----------
    name : str
        A simple type, ``list<type>``, or ``list<struct<field: type, …>>`` with simple fields.

    Raises
    ------
    KeyError
        If the name is not known.
    """
    import pyarrow as pa

    if name.startswith("list<") and name.endswith(">"):
        return pa.list_(arrow_type(name[5:-1]))
    if name.startswith("struct<") and name.endswith(">"):
        fields = (field.partition(":") for field in name[7:-1].split(","))
        return pa.struct([(key.strip(), arrow_type(kind.strip())) for key, _, kind in fields])
    types = {
        "string": pa.string(),
        "double": pa.float64(),
        "float": pa.float32(),
        "int64": pa.int64(),
        "int32": pa.int32(),
        "bool": pa.bool_(),
    }
    return types[name]


def arrow_field(column: Column) -> pa.Field:
    """Return the Arrow field for a column, with role, unit and labels as metadata."""
    import pyarrow as pa

    described = {
        "role": column.role or "",
        "unit": column.unit,
        "label.en": column.label.en if column.label else "",
        "label.ja": column.label.ja if column.label else "",
        "description": column.description,
        "group": column.group,
    }
    metadata = {f"kozue.{key}": text for key, text in described.items() if text}
    return pa.field(column.name, arrow_type(column.type), metadata=metadata or None)


def column_of(arrow: pa.Field) -> Column:
    """Read a column description back from an Arrow field.

    Types that :func:`arrow_type` does not know are kept by their Arrow name, which is enough to show them.
    """
    metadata = {key.decode(): text.decode() for key, text in (arrow.metadata or {}).items()}

    def entry(key: str) -> str:
        return str(metadata.get(f"kozue.{key}", ""))

    label = Label(entry("label.en"), entry("label.ja")) if entry("label.en") else None
    return Column(
        name=arrow.name,
        type=str(arrow.type),
        role=entry("role") or None,  # type: ignore[arg-type]
        unit=entry("unit"),
        label=label,
        description=entry("description"),
        required=False,
        group=entry("group"),
    )


ERROR_COLUMNS = (
    Column(ERROR_CODE, role="category", label=Label("Error", "エラー"), required=False),
    Column(ERROR_MESSAGE, role="text", label=Label("What was wrong", "エラーの内容"), required=False),
)


@dataclass(frozen=True, slots=True)
class RecordError:
    """Why one record has no result.

    Parameters
    ----------
    code : str
        Short, stable, lower case: ``unreadable_molecule``, ``empty_value`` …
    message : str
        A sentence a person understands.
    """

    code: str
    message: str


def result_batch(
    columns: Mapping[Column, Sequence[Any] | Any],
    errors: Mapping[int, RecordError] | None = None,
    rows: int | None = None,
) -> Batch:
    """Build an operation's output batch from columns and the rows that failed.

    Parameters
    ----------
    columns : mapping of Column to sequence
        Values of each column, shape (n,): a list, a numpy array (NaN becomes null) or an Arrow array.
    errors : mapping of int to RecordError, optional
        Failed rows by 0-based position; their values should be null.
    rows : int, optional
        n, needed only when there are no columns.

    Returns
    -------
    pyarrow.RecordBatch
        The columns followed by ``error_code`` and ``error_message``.
    """
    import pyarrow as pa

    arrays, fields = [], []
    for column, values in columns.items():
        arrow = arrow_field(column)
        if isinstance(values, (pa.Array, pa.ChunkedArray)):
            array = values.cast(arrow.type)
            array = array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
        else:
            array = pa.array(values, type=arrow.type, from_pandas=True)
        arrays.append(array)
        fields.append(arrow)
    n = rows if rows is not None else len(arrays[0])
    codes: list[str | None] = [None] * n
    messages: list[str | None] = [None] * n
    for row, error in (errors or {}).items():
        codes[row], messages[row] = error.code, error.message
    arrays += [pa.array(codes, pa.string()), pa.array(messages, pa.string())]
    fields += [arrow_field(column) for column in ERROR_COLUMNS]
    return pa.RecordBatch.from_arrays(arrays, schema=pa.schema(fields))


def columns_of(schema: pa.Schema) -> Iterable[Column]:
    """Yield the column descriptions of an Arrow schema."""
    return (column_of(arrow) for arrow in schema)
