"""SDF, FASTA, structures, Parquet, records in memory, packed files and archives."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import tarfile
import time
import zipfile

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kozue.core.errors import ArchiveError, FormatError, InputError, KozueError, LimitError, RoleError
from kozue.core.records import Column, Molecule, Schema, arrow_field
from kozue.io import Limits, open_records, read_archive, records_table

PROTEIN = Schema("protein", (Column("sequence", role="protein_sequence"), Column("id", required=False)))
STRUCTURE = Schema("structure", (Column("structure", role="protein_structure"), Column("id", required=False)))
PDB = (
    b"HEADER    HYDROLASE                               01-JAN-00   1ABC              \n"
    b"ATOM      1  N   MET A   1      27.340  24.430   2.614  1.00  9.67           N  \nEND\n"
)
CIF = b"data_1XYZ\nloop_\n_atom_site.id\n_atom_site.Cartn_x\n1 2.0\n"
CSV = b"smiles,id\n" + b"".join(
    b"CC%s,%d\n" % (random.Random(number).choice([b"O", b"N", b"(C)C", b"Cl"]), number * 7919 % 100_003)
    for number in range(5000)
)


def read(content, name="records.csv", schema=Molecule, **options):
    source = open_records(content, schema, filename=name, **options)
    return source, [record for batch in source.batches() for record in batch.to_pylist()]


def codes(records):
    return [record["error_code"] for record in records]


def sdf(*smiles, properties=()):
    from rdkit import Chem
    from rdkit.Chem import rdDepictor

    text = ""
    for number, each in enumerate(smiles):
        molecule = Chem.MolFromSmiles(each)
        rdDepictor.Compute2DCoords(molecule)
        text += Chem.MolToMolBlock(molecule)
        for name, value in properties[number] if properties else ():
            text += f"> <{name}>\n{value}\n\n"
        text += "$$$$\n"
    return text.encode()


def test_sdf_keeps_stereo_and_properties():
    content = sdf("C[C@H](N)C(=O)O", "F/C=C/F", properties=([("pIC50", "5.1")], [("note", "two\nlines")]))
    source, records = read(content, "a.sdf")
    assert [record["smiles"] for record in records] == ["C[C@H](N)C(=O)O", "F/C=C/F"]
    assert records[0]["pIC50"] == "5.1" and records[0]["note"] is None
    assert records[1]["note"] == "two\nlines"
    assert source.format == "sdf" and codes(records) == [None, None]


def test_sdf_block_that_cannot_be_read_is_an_error_record():
    good = sdf("CCO", properties=([("id", "1")],))
    broken = good.replace(b"  3  2", b"  9  2").replace(b"\n1\n", b"\n2\n")
    valence = sdf("C(C)(C)(C)C").replace(b"  1  2  1  0\n", b"  1  2  3  0\n")
    source, records = read(good + broken + b"$$$$\n" + valence + good, "a.sdf")
    assert codes(records) == [None, "unreadable_molecule", "empty_value", "unreadable_molecule", None]
    assert records[1]["id"] == "2" and "record 2" in records[1]["error_message"]
    assert "valence" in records[3]["error_message"].lower()
    assert len(records) == 5 and source.warnings == []


def test_sdf_property_of_the_last_record_alone_is_not_lost():
    content = sdf(*["C"] * 600, properties=[[]] * 599 + [[("rare", "x")]])
    _, records = read(content, "a.sdf")
    assert records[-1]["rare"] == "x" and len(records) == 600


def test_single_mol_file_and_blocks_on_request():
    block = sdf("CCO").split(b"$$$$")[0]
    wanted = Molecule.with_columns(Column("mol_block", required=False))
    _, records = read(block, "a.mol", wanted)
    assert records[0]["smiles"] == "CCO" and "V2000" in records[0]["mol_block"]


def test_sdf_that_was_cut_ends_with_an_error_record():
    packed = gzip.compress(sdf(*["CCO", "CCN", "CCCC"] * 400))
    source, records = read(packed[: len(packed) // 2], "a.sdf.gz")
    assert codes(records)[-1] == "cut_file" and set(codes(records)[:-1]) == {None}
    assert "cut_file" in {warning.code for warning in source.warnings}


def test_fasta():
    source, records = read(b">sp|P1 first one\nMKVL\nAAGT\n;remark\n>p2\nMK9\n>p3\n", "a.fasta", PROTEIN)
    assert [record["id"] for record in records] == ["sp|P1", "p2", "p3"]
    assert records[0]["sequence"] == "MKVLAAGT" and records[0]["name"] == "first one"
    assert codes(records) == [None, "unreadable_sequence", "empty_value"]
    assert source.format == "fasta"


def test_fasta_with_text_before_its_first_header():
    _, records = read(b"MKVL\n>p\nMKVLAAGTAA\n", "a.fasta", PROTEIN, format="fasta")
    assert codes(records) == ["unreadable_row", None]


def test_sequence_longer_than_the_limit():
    content = b">a\n" + b"MKVLAAGTAA\n" * 20 + b">b\nMKVLAAGTAA\n"
    _, records = read(content, "a.fasta", PROTEIN, limits=Limits(max_text_chars=100))
    assert codes(records) == ["too_long", None]


@pytest.mark.parametrize(("content", "name", "identifier"), [(PDB, "a.pdb", "1ABC"), (CIF, "b.cif", "1XYZ")])
def test_structures_are_one_record_a_file(content, name, identifier):
    source, records = read(content, name, STRUCTURE)
    assert records[0]["structure"] == content.decode() and records[0]["id"] == identifier
    assert source.format in ("pdb", "mmcif") and source.arrow_schema.field("structure").metadata


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (PDB.replace(b"27.340", b"xx.xxx"), "unreadable_structure"),
        (PDB.replace(b"MET", b"M\0T"), "unreadable_structure"),
        (PDB + b"REMARK\n" * 1000, "too_long"),
    ],
)
def test_structures_that_cannot_be_used(content, code):
    _, records = read(content, "a.pdb", STRUCTURE, limits=Limits(max_text_chars=5000))
    assert codes(records) == [code] and records[0]["structure"] is None


def test_format_by_content_when_the_name_lies():
    source, records = read(sdf("CCO"), "a.csv")
    assert source.format == "sdf" and records[0]["smiles"] == "CCO"
    assert {warning.code for warning in source.warnings} == {"format_by_content"}


def test_tables_that_speak_of_mol_blocks_are_tables():
    block = sdf("CCO").split(b"$$$$")[0]
    source, records = read(b'id,structure\n1,"' + block + b'"\n2,CCN\n', "a.csv")
    assert source.format == "csv" and len(records) == 2 and "V2000" in records[0]["smiles"]
    source, _ = read(b"smiles,note\nC,M  END\nCC,$$$$\n", "a.csv")
    assert source.format == "csv" and source.warnings == []


def test_broken_files_keep_the_format_of_their_name():
    assert codes(read(b"nothing of the kind\n", "a.sdf")[1]) == ["unreadable_molecule"]
    assert codes(read(b"REMARK nothing\n", "a.pdb", STRUCTURE)[1]) == ["unreadable_structure"]
    with pytest.raises(FormatError, match="not a Parquet"):
        read(b"smiles\nC\n", "a.parquet")
    source, records = read(b"smiles,id\nC,1\n", "a.sdf")
    assert len(records) == 1 and {warning.code for warning in source.warnings} == {"format_by_content"}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"%PDF-1.7 ...", "PDF"),
        (b"<!DOCTYPE html><html>", "web page"),
        (b"\x80\x04\x95pickle", "pickle"),
        (b'{"smiles": "C"}', "JSON"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "Excel"),
        (bytes(range(32)) * 40, "binary"),
    ],
)
def test_foreign_files_are_named(content, sentence):
    with pytest.raises(FormatError, match=sentence):
        read(content, "a.csv")


def test_chosen_format_that_is_none_or_does_not_fit():
    with pytest.raises(InputError, match="Did you mean 'parquet'"):
        read(CSV, format="parket")
    with pytest.raises(FormatError, match="not a parquet file"):
        read(CSV, format="parquet")
    assert read(b"C ethane\nCC x\n", "a.csv", format="smi")[1][0]["name"] == "ethane"


def parquet(table):
    stream = io.BytesIO()
    pq.write_table(table, stream, row_group_size=1000)
    return stream.getvalue()


def test_parquet_keeps_types_and_reads_roles_from_metadata():
    role = arrow_field(Column("structure_x", role="molecule"))
    table = pa.table({"v": [1.5, None], "structure_x": ["CCO", None], "l": [[1], []]}).cast(
        pa.schema([("v", pa.float64()), role, ("l", pa.list_(pa.int64()))])
    )
    source, records = read(parquet(table), "a.parquet")
    assert source.column_map == {"smiles": "structure_x"}
    assert records[0]["v"] == 1.5 and records[0]["l"] == [1] and codes(records) == [None, "empty_value"]
    assert source.arrow_schema.field("v").type == pa.float64()


def test_parquet_that_was_cut():
    content = parquet(pa.table({"smiles": ["CCO"] * 5000}))
    with pytest.raises(FormatError, match="not a whole Parquet file"):
        read(content[:-10], "a.parquet")


def test_parquet_with_damage_inside_keeps_all_rows():
    table = pa.table({"smiles": [f"C{'C' * (number % 50)}" for number in range(5000)]})
    stream = io.BytesIO()
    pq.write_table(table, stream, row_group_size=1000, use_dictionary=False, compression="none")
    content = bytearray(stream.getvalue())
    content[3000:3040] = b"\xff" * 40
    source = open_records(bytes(content), Molecule, filename="a.parquet")
    rows = [record for batch in source.batches() for record in batch.to_pylist()]
    assert len(rows) == 5000


def test_parquet_with_a_damaged_page_names_the_rows():
    table = pa.table({"smiles": [f"CC{'C' * (number % 50)}" for number in range(5000)]})
    content = bytearray(parquet(table))
    with pq.ParquetFile(io.BytesIO(bytes(content))) as file:
        start = file.metadata.row_group(2).column(0).data_page_offset
    content[start : start + 20] = b"\xff" * 20
    source = open_records(bytes(content), Molecule, filename="a.parquet")
    rows = [record for batch in source.batches() for record in batch.to_pylist()]
    assert [code for code in codes(rows) if code] == ["unreadable_row"] * 1000
    assert codes(rows)[2000] == "unreadable_row" and rows[-1]["smiles"] == table["smiles"][-1].as_py()
    (warning,) = source.warnings
    assert warning.code == "damaged_file" and warning.count == 1000


@pytest.mark.parametrize(
    "records",
    [
        ["CCO", "CN"],
        ("CCO", "CN"),
        pd.Series(["CCO", "CN"]),
        pd.Series(["CCO", "CN"], name="structure"),
        pd.DataFrame({"SMILES": ["CCO", "CN"]}),
        [{"smiles": "CCO"}, {"smiles": "CN"}],
        {"smiles": ["CCO", "CN"]},
        pa.table({"smiles": ["CCO", "CN"]}),
        pa.record_batch({"smiles": pa.array(["CCO", "CN"]).dictionary_encode()}),
        (smiles for smiles in ["CCO", "CN"]),
    ],
)
def test_records_in_memory(records):
    source, found = read(records, "")
    assert [record["smiles"] for record in found] == ["CCO", "CN"]
    assert source.format == "records" and source.size is None


def test_memory_records_of_mixed_kinds_keep_their_places():
    _, found = read([{"smiles": "C", "x": 1}, {"smiles": None, "y": "a"}, "CCO", {"smiles": 5, "x": "b"}], "")
    assert codes(found) == [None, "empty_value", "wrong_type", None]
    assert [record["x"] for record in found] == ["1", None, None, "b"]
    _, found = read(["C", None, float("nan"), b"C", ["C"], "\ud800"], "")
    assert codes(found)[:5] == [None, "empty_value", "empty_value", "wrong_type", "wrong_type"]


@pytest.mark.parametrize("records", [[], {}, pd.DataFrame(), 5, object(), None, {"smiles": "C"}, [{}]])
def test_memory_records_that_are_none(records):
    with pytest.raises(InputError):
        read(records, "")


def test_frame_with_a_named_index_keeps_it():
    frame = pd.DataFrame({"smiles": ["C"]}, index=pd.Index(["m1"], name="id"))
    assert read(frame, "")[1][0]["id"] == "m1"


def test_records_table_has_the_users_columns():
    assert records_table(["C", "CC"], Molecule).column_names == ["smiles"]


def test_path_that_is_a_smiles_is_explained(tmp_path):
    with pytest.raises(InputError, match="cannot be read") as caught:
        open_records("CCO", Molecule)
    assert "['CCO']" in caught.value.hint
    with pytest.raises(InputError, match="folder"):
        open_records(tmp_path, Molecule)


def test_standard_input_is_read_twice(monkeypatch):
    class Stdin:
        buffer = io.BytesIO(CSV)

    monkeypatch.setattr("sys.stdin", Stdin)
    source = open_records("-", Molecule)
    assert sum(batch.num_rows for batch in source.batches()) == 5000
    assert sum(batch.num_rows for batch in source.batches()) == 5000
    assert len(source.fingerprint()) == 64


def test_fingerprint_follows_bytes_and_columns():
    first = open_records(CSV, Molecule, filename="a.csv").fingerprint()
    assert first == open_records(CSV, Molecule, filename="b.csv").fingerprint()
    assert first != open_records(CSV + b"C,1\n", Molecule, filename="a.csv").fingerprint()
    assert open_records(["C"], Molecule).fingerprint() != open_records(["CC"], Molecule).fingerprint()
    both = b"a,b\nC,CC\n"
    prints = {open_records(both, Molecule, filename="x", columns={"smiles": n}).fingerprint() for n in "ab"}
    assert len(prints) == 2


def zstd_file(content, tmp_path):
    path = tmp_path / "packed"
    with pa.OSFile(str(path), "wb") as raw, pa.CompressedOutputStream(raw, "zstd") as packing:
        packing.write(content)
    return path.read_bytes()


@pytest.mark.parametrize("packed", ["gzip", "bz2", "xz", "zstd", "two gzip members"])
def test_packed_by_content_and_cut(packed, tmp_path):
    half = len(CSV) // 2
    content = {
        "gzip": lambda: gzip.compress(CSV),
        "bz2": lambda: bz2.compress(CSV),
        "xz": lambda: lzma.compress(CSV),
        "zstd": lambda: zstd_file(CSV, tmp_path),
        "two gzip members": lambda: gzip.compress(CSV[:half]) + gzip.compress(CSV[half:]),
    }[packed]()
    source, whole = read(content, "anything")
    assert len(whole) == 5000 and source.warnings == []
    if packed in ("bz2", "zstd"):  # one block holds it all, so there is nothing before the cut
        with pytest.raises(FormatError, match="cut off"):
            read(content[: len(content) * 2 // 3], "anything")
        return
    source, records = read(content[: len(content) * 2 // 3], "anything")
    assert codes(records)[-1] == "cut_file"
    assert records[:-1] == whole[: len(records) - 1] and len(records) > 100
    (warning,) = source.warnings
    assert warning.code == "cut_file"


def test_damage_inside_a_packed_file_is_told():
    content = bytearray(gzip.compress(CSV * 4))
    content[len(content) // 2] ^= 0xFF
    source, records = read(bytes(content), "a.csv.gz")
    assert "cut_file" in codes(records) and source.warnings


def test_packed_bomb_is_refused_quickly():
    content = bomb()
    start = time.process_time()
    with pytest.raises(LimitError, match="times its size"):
        for _ in open_records(content, Molecule, filename="a.csv.gz").batches():
            pass
    assert time.process_time() - start < 20


def bomb():
    import zlib

    engine = zlib.compressobj(9, wbits=31)
    piece = b"CC(=O)Oc1ccccc1C(=O)O,aspirin\n" * 10_000
    pieces = [engine.compress(b"smiles,id\n")] + [engine.compress(piece) for _ in range(300)]
    return b"".join([*pieces, engine.flush()])


def zipped(files, kind=zipfile.ZIP_DEFLATED):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", kind) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


def tarred(*members, mode="w:gz"):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=mode) as archive:
        for member, content in members:
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return stream.getvalue()


@pytest.mark.parametrize("pack", [zipped, lambda f: tarred(*((tarfile.TarInfo(n), c) for n, c in f.items()))])
def test_archive_of_structures(pack):
    source, records = read(pack({"a/1.pdb": PDB, "2.cif": CIF, "__MACOSX/x": b"junk"}), "a.zip", STRUCTURE)
    assert [record["id"] for record in records] == ["1ABC", "1XYZ"] and source.format == "archive"


def test_archive_of_tables_with_one_that_cannot_be_read():
    content = zipped({"a.csv": b"smiles,x\nC,1\nCC\n", "b.csv": b"smiles,y\nCCO,2\n", "c": bytes(99)})
    source, records = read(content, "a.zip")
    assert codes(records) == [None, "unreadable_row", None, "unreadable_file"]
    assert records[2]["y"] == "2" and records[0]["x"] == "1"
    assert "a.zip, a.csv, line 3" in records[1]["error_message"]
    assert "unreadable_file" in {warning.code for warning in source.warnings}


def link():
    member = tarfile.TarInfo("a.csv")
    member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
    return member


def zip_link():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        member = zipfile.ZipInfo("a.csv")
        member.external_attr = 0o120777 << 16
        archive.writestr(member, "/etc/passwd")
    return stream.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        zipped({"../a.csv": b"smiles\nC\n"}),
        zipped({"/etc/a.csv": b"smiles\nC\n"}),
        zipped({"..\\a.csv": b"smiles\nC\n"}),
        zipped({"C:\\a.csv": b"smiles\nC\n"}),
        tarred((tarfile.TarInfo("a/../../b.csv"), b"smiles\nC\n")),
        tarred((link(), b"")),
        zip_link(),
    ],
    ids=["up", "root", "backslash", "drive", "tar up", "tar link", "zip link"],
)
def test_archives_that_reach_out_are_refused(content):
    with pytest.raises(ArchiveError):
        read(content, "a.zip")
    with pytest.raises(ArchiveError):
        list(read_archive(content))


def test_archive_caps():
    small = zipped({str(number): b"x" for number in range(11)})
    with pytest.raises(ArchiveError, match="more than 10 files"):
        list(read_archive(small, Limits(max_members=10)))
    with pytest.raises(ArchiveError, match="5 bytes"):
        list(read_archive(zipped({"a": b"123456"}), Limits(max_total_bytes=5)))
    start = time.process_time()
    with pytest.raises(ArchiveError, match="100 times"):
        list(read_archive(zipped({"a": bytes(50_000_000)})))
    assert time.process_time() - start < 1


def test_archive_in_an_archive_encrypted_or_damaged():
    inner = zipped({"a.csv": b"smiles\nC\n"})
    with pytest.raises(KozueError):
        read(zipped({"b.zip": inner}), "a.zip")
    with pytest.raises(FormatError, match="Excel"):
        read(zipped({"[Content_Types].xml": b"", "xl/workbook.xml": b"<a/>"}), "a.xlsx")
    with pytest.raises(FormatError):
        list(read_archive(inner[:-30]))
    with pytest.raises(FormatError):
        list(read_archive(b"no archive"))


def test_wrong_overrides_name_what_exists():
    with pytest.raises(RoleError, match="no column 'smile'") as caught:
        read(b"smiles,name\nC,x\n", columns={"smiles": "smile"})
    assert "'smiles'" in caught.value.hint
    with pytest.raises(RoleError, match="no role 'smils'") as caught:
        read(b"smiles,name\nC,x\n", columns={"smils": "smiles"})
    assert "Did you mean smiles" in caught.value.hint
    with pytest.raises(RoleError, match="two roles"):
        read(b"smiles,name\nC,x\n", columns={"smiles": "name", "name": "name"})


@pytest.mark.parametrize(
    ("header", "chosen"),
    [
        ("Canonical SMILES,id", "Canonical SMILES"),
        ("id,Drug", "Drug"),
        ("id,SMILES", "SMILES"),
        ("id,化学構造", "化学構造"),
        ("id,ＳＭＩＬＥＳ", "ＳＭＩＬＥＳ"),
        ("id,whatever", "whatever"),
    ],
)
def test_molecule_column_is_found(header, chosen):
    first = header.startswith(chosen)
    row = "c1ccccc1O,m1\nCCO,m2\n" if first else "m1,c1ccccc1O\nm2,CCO\n"
    source, _ = read((header + "\n" + row).encode())
    assert source.column_map["smiles"] == chosen


def test_names_are_not_taken_for_structures():
    source, _ = read(b"drug,structure\naspirin,CC(=O)Oc1ccccc1C(=O)O\nibuprofen,CC(C)Cc1ccc(cc1)C\n")
    assert source.column_map["smiles"] == "structure"
    with pytest.raises(RoleError, match="no column for 'smiles'"):
        read(b"drug,dose\naspirin,100\nibuprofen,200\n")


def test_unlikely_and_ambiguous_columns_are_told():
    source, _ = read(b"smiles,other\naspirin,CCO\nibuprofen,CCN\n")
    assert {warning.code for warning in source.warnings} == {"unlikely_column"}
    source, _ = read(b"a,b\nCCO,CCN\nCCC,CCCl\n")
    (warning,) = source.warnings
    assert warning.code == "guessed_column" and "'b'" in warning.text


@settings(max_examples=200, deadline=None)
@given(
    st.binary(max_size=300), st.sampled_from([sdf("CCO", "CN"), PDB, CIF, b">a\nMKV\n", zipped({"a": PDB})])
)
def test_damaged_files_give_records_or_one_clear_error(noise, content):
    at = len(noise) * 7 % len(content)
    for schema in (Molecule, PROTEIN, STRUCTURE):
        try:
            source, records = read(content[:at] + noise + content[at:], "a", schema)
        except KozueError:
            continue
        assert len(records) == sum(batch.num_rows for batch in source.batches(3))
