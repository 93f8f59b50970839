"""What the descriptor service can do. Light: nothing heavy is imported until an operation runs."""

from __future__ import annotations

from collections.abc import Iterator

from kozue.core.context import Context
from kozue.core.operation import JobResult, System, job, operation
from kozue.core.records import Batch, Label, Molecule
from kozue.systems.molecules.descriptors.outputs import compute_schema, list_schema
from kozue.systems.molecules.descriptors.settings import ComputeSettings, ListSettings

SYSTEM = System(
    "descriptors",
    Label("Descriptors", "分子記述子"),
    Label(
        "Molecules as numbers: fingerprints, descriptors, shapes",
        "分子を数値に: フィンガープリント・記述子・形状",
    ),
    page="docs/systems/descriptors.md",
)


@operation(
    "descriptors.compute",
    takes=Molecule,
    gives=compute_schema,
    title=Label("Compute descriptors", "記述子を計算"),
    keywords=(
        "descriptor",
        "fingerprint",
        "feature",
        "ECFP",
        "Morgan",
        "MACCS",
        "QSAR",
        "embedding",
        "3D shape",
        "記述子",
        "フィンガープリント",
        "特徴量",
        "指紋",
        "埋め込み",
        "三次元形状",
    ),
    when="You need numbers for your own model, clustering or similarity search, with names, units and sources.",
    when_not="To predict a property: admet.predict computes what it needs itself.",
    cost="about 0.1 to 10 ms a molecule and block, 60 ms with a 3D block; descriptors.list tells each",
    example="examples/drugs.csv",
    batch_rows=128,
    part_rows=2048,
)
def compute(batches: Iterator[Batch], settings: ComputeSettings, context: Context) -> Iterator[Batch]:
    """Compute any of more than twenty representations of molecules, chosen by list.

    Descriptors come as columns with a unit and a meaning, fingerprints as one list of whole numbers, or all
    as columns or lists. 3D blocks share one seeded conformer (ETKDG, relaxed with MMFF94); a molecule for
    which none can be made keeps its row with the reason. Undefined numbers are left empty and told.
    Costly blocks are kept on disk by structure, block and version.

    Parameters
    ----------
    batches : iterator of pyarrow.RecordBatch
        With ``smiles``.
    settings : ComputeSettings
        Which blocks, and how.
    context : Context
        Progress and warnings.
    """
    from kozue.systems.molecules.descriptors.serving import compute_batches

    yield from compute_batches(batches, settings, context)


@job(
    "descriptors.list",
    takes=None,
    gives=list_schema,
    title=Label("List descriptors", "記述子の一覧"),
    keywords=("descriptor", "list", "meaning", "unit", "source", "記述子", "一覧", "意味", "単位", "出典"),
    when="You want to know which representations there are, or what each number of one means.",
    cost="nothing",
)
def list_(batches: Iterator[Batch], settings: ListSettings, context: Context) -> JobResult:
    """Tell which representations there are: size, cost and source; or every number of one.

    Parameters
    ----------
    batches : iterator of pyarrow.RecordBatch
        Nothing.
    settings : ListSettings
        Which block.
    context : Context
        Not used.
    """
    from kozue.systems.molecules.descriptors.listing import list_blocks

    return list_blocks(settings)
