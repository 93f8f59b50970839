"""What the page of a molecule asks for over REST: parts, handles, facts, drawings, comparison, sheet."""

from __future__ import annotations

import csv
import io
import json
import re
import xml.etree.ElementTree as ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"
SECRET = "O=C(NCC1CC1)c1ccc(I)nc1"
PEPTIDE = "N" + "[C@@H](C)C(=O)N" * 60 + "CC(=O)O"


@pytest.fixture
def client(kozue_home):
    """Return a client of a server with the mock system alone."""
    yield from serve()


@pytest.fixture(scope="module")
def lasting(tmp_path_factory):
    """Return a client for tests that ask many times."""
    yield from serve()


def serve(*modules):
    import kozue_profiles
    from fastapi.testclient import TestClient

    from kozue.core.registry import Registry
    from kozue.doors.rest import create_app

    registry = Registry()
    for module in modules or (kozue_profiles,):
        registry.add_module(module)
    with TestClient(create_app(registry=registry, token=None), base_url="http://127.0.0.1:8765") as made:
        yield made


def test_the_parts_follow_from_the_schemas(client):
    parts = client.get("/api/molecules/parts").json()
    assert parts["profile"]["operation"] == "mock.profile"
    assert [endpoint["key"] for endpoint in parts["profile"]["endpoints"]] == ["size", "rings"]
    assert parts["profile"]["endpoints"][0]["columns"]["light"] == "size_light"
    assert parts["profile"]["endpoints"][1]["is_probability"]
    assert parts["explain"] == {
        "operation": "mock.explain",
        "setting": "what",
        "endpoints": ["size", "rings"],
    }
    assert parts["kinetics"]["operation"] == "mock.kinetics"
    assert [column["name"] for column in parts["kinetics"]["inputs"]] == ["rat_cl"]


def test_the_choice_that_profile_and_explanation_share_is_the_mode(client):
    modes = client.get("/api/molecules/parts").json()["modes"]
    assert (modes["setting"], modes["default"], modes["label"]["ja"]) == ("mode", "quick", "方法")
    assert [(one["key"], one["missing"]) for one in modes["choices"]] == [("quick", None), ("careful", None)]


def test_a_mode_that_needs_a_missing_package_says_how_to_add_it(monkeypatch):
    from kozue.core.registry import get_registry
    from kozue.doors.molecule import modes

    monkeypatch.setattr(modes.importlib.util, "find_spec", lambda name: None)
    registry = get_registry()
    found = modes.find_modes(registry.operation("admet.predict"), registry.operation("admet.explain"))
    reasons = {one.key: one.missing for one in found.choices}
    assert reasons["fast"] is None and reasons["accurate"] is None
    assert "pip install 'kozue[minimol]'" in reasons["minimol"].en
    assert "pip install 'kozue[minimol]'" in reasons["minimol"].ja
    assert all(one.label.en and one.about.en != one.about.ja for one in found.choices)


def test_the_mode_decides_about_every_export(client):
    body = {"molecules": [{"smiles": "CCO"}]}
    table = client.post("/api/molecules/sheet?format=csv", json={**body, "mode": "careful"})
    row = next(csv.DictReader(io.StringIO(table.text.lstrip("\ufeff"))))
    assert (float(row["value"]), row["mode"]) == (3.5, "careful")
    sdf = client.post("/api/molecules/sheet?format=sdf", json={**body, "mode": "careful"}).text
    assert "> <mode>\ncareful" in sdf and "> <size>\n3.5" in sdf
    papers = [client.post("/api/molecules/sheet", json={**body, "mode": mode}) for mode in ("", "careful")]
    assert papers[0].content != papers[1].content
    two = client.post("/api/molecules/comparison", json={**body, "mode": "careful"}).json()
    assert two["endpoints"][0]["values"][0]["value"] == 3.5


def test_what_is_not_installed_is_not_a_part(toys):
    from fastapi.testclient import TestClient

    from kozue.core.registry import Registry
    from kozue.doors.rest import create_app

    registry = Registry()
    registry.add_module(toys)
    with TestClient(create_app(registry=registry, token=None), base_url="http://127.0.0.1:8765") as bare:
        assert bare.get("/api/molecules/parts").json() == dict.fromkeys(
            ("profile", "explain", "kinetics", "modes")
        )
        assert bare.get("/ui/molecule").status_code == 200
        request = {"molecules": [{"smiles": ASPIRIN}]}
        assert bare.post("/api/molecules/sheet", json=request).content.startswith(b"%PDF")
        assert bare.post("/api/molecules/sheet?format=csv", json=request).status_code == 404


def test_endpoints_of_a_system_are_grouped_and_read_in_both_languages():
    from kozue.core.registry import get_registry
    from kozue.doors.molecule.parts import find_parts

    parts = find_parts(get_registry())
    assert [section.key for section in parts.sections][:2] == ["properties", "absorption"]
    assert sum(len(section.endpoints) for section in parts.sections) == len(parts.endpoints) >= 22
    for endpoint in parts.endpoints.values():
        assert endpoint.reading.en != endpoint.reading.ja
        assert endpoint.better in ("higher", "lower", "middle")
    assert set(parts.explainable) <= set(parts.endpoints)


def test_a_structure_is_held_under_a_random_name(client):
    made = client.post("/api/molecules/handles", json={"smiles": ASPIRIN, "name": "aspirin"})
    assert made.status_code == 201
    assert re.fullmatch(r"[\w-]{22}", made.json()["id"])
    assert client.get(made.headers["location"]).json()["smiles"] == ASPIRIN
    missing = client.get("/api/molecules/handles/nothing")
    assert missing.status_code == 404
    assert "give the structure again" in missing.json()["hint"]


def test_handles_are_forgotten_by_age_and_number():
    from kozue.core.errors import UnknownNameError
    from kozue.doors.molecule.handles import Handles

    now = [0.0]
    handles = Handles(most=3, seconds=10, clock=lambda: now[0])
    first = handles.keep("C")
    others = [handles.keep("CC") for _ in range(2)]
    now[0] = 8
    assert handles.get(first).smiles == "C"
    now[0] = 15
    with pytest.raises(UnknownNameError):
        handles.get(others[0])
    assert handles.get(first).smiles == "C"
    for _ in range(3):
        handles.keep("CCC")
    assert len(handles) == 3
    with pytest.raises(UnknownNameError):
        handles.get(first)


@pytest.mark.parametrize("address", ["/molecule", "/ui/molecule"])
def test_an_address_with_a_structure_keeps_the_mode_it_asks_for(client, address):
    sent = client.get(address, params={"smiles": "CCO", "mode": "accurate"}, follow_redirects=False)
    assert sent.status_code == 303
    assert sent.headers["location"].endswith("&mode=accurate")
    assert "CCO" not in sent.headers["location"]
    hostile = client.get(
        address, params={"smiles": "CCO", "mode": "a\r\nb: c&id=x"}, follow_redirects=False
    ).headers["location"]
    assert "\n" not in hostile and "&id=x" not in hostile


@pytest.mark.parametrize("address", ["/molecule", "/ui/molecule"])
def test_an_address_with_a_structure_leads_to_one_without(client, address):
    found = client.get(address, params={"smiles": ASPIRIN, "name": "a"}, follow_redirects=False)
    assert found.status_code == 303
    assert re.fullmatch(r"/ui/molecule\?id=[\w-]{22}", found.headers["location"])
    handle = found.headers["location"].rpartition("=")[2]
    assert client.get(f"/api/molecules/handles/{handle}").json()["smiles"] == ASPIRIN


def test_no_page_or_log_holds_the_structure(client, caplog):
    with caplog.at_level("DEBUG", logger="kozue"):
        handle = client.post("/api/molecules/handles", json={"smiles": SECRET}).json()["id"]
        assert SECRET not in client.get(f"/ui/molecule?id={handle}").text
        client.post("/api/molecules/facts", json={"smiles": SECRET})
        client.post("/api/molecules/sheet", json={"molecules": [{"smiles": SECRET}]})
    assert not [
        record
        for record in caplog.records
        if record.name.startswith("kozue") and SECRET in record.getMessage()
    ]


@pytest.mark.parametrize(
    ("smiles", "codes"),
    [
        (ASPIRIN, []),
        ("[Na+].CC(=O)[O-]", ["parts"]),
        ("[Pt](Cl)(Cl)(N)N", ["metal", "no_carbon"]),
        ("OCC(N)C", ["stereo"]),
        (PEPTIDE, ["large"]),
        ("C[CH2]", ["radical"]),
    ],
)
def test_what_is_odd_about_a_structure_is_said_in_both_languages(client, smiles, codes):
    notes = client.post("/api/molecules/facts", json={"smiles": smiles}).json()["notes"]
    assert [note["code"] for note in notes] == codes
    assert all(note["message"]["en"] != note["message"]["ja"] for note in notes)


def test_alerts_come_with_their_atoms_in_the_given_order(client):
    facts = client.post("/api/molecules/facts", json={"smiles": "[Na+].O=Cc1ccccc1"}).json()
    found = {alert["name"]: alert["atoms"] for alert in facts["alerts"]}
    assert found["BRENK: aldehyde"] == [1, 2]


@pytest.mark.parametrize("form", ["block", "inchi"])
def test_a_mol_block_and_an_inchi_are_read_too(client, form):
    from rdkit import Chem

    mol = Chem.MolFromSmiles(ASPIRIN)
    text = Chem.MolToMolBlock(mol) if form == "block" else Chem.MolToInchi(mol)
    facts = client.post("/api/molecules/facts", json={"smiles": text}).json()
    assert facts["inchikey"] == "BSYNRYMUTXBXSQ-UHFFFAOYSA-N"
    assert "\n" not in facts["smiles"]


@pytest.mark.parametrize(
    ("smiles", "word"),
    [
        ("aspirin", "cannot be read"),
        ("C" * 5000, "the limit is 2,000"),
        ("C1CC", "unclosed ring"),
        ("<script>alert(1)</script>", "cannot be read"),
        ("InChI=1S/nonsense", "InChI"),
        ("CC*", "wildcard"),
        ("   ", "no structure"),
    ],
)
def test_what_is_no_structure_is_refused_with_its_reason(client, smiles, word):
    for path, body in (
        ("facts", {"smiles": smiles}),
        ("sheet", {"molecules": [{"smiles": ASPIRIN}, {"smiles": smiles}]}),
        ("comparison", {"molecules": [{"smiles": ASPIRIN}, {"smiles": smiles}]}),
    ):
        answer = client.post(f"/api/molecules/{path}", json=body)
        assert answer.status_code == 422, path
        assert word in answer.json()["detail"], path
        if path != "facts":
            assert answer.json()["detail"].startswith("Molecule 2")


def test_drawings_come_in_order_and_a_bad_one_does_not_spoil_them(client):
    wanted = [
        {"smiles": "CCO"},
        {"smiles": "nonsense"},
        {"smiles": "CC", "weights": [1, -1]},
        {"smiles": "C", "atoms": [7]},
    ]
    drawn = client.post("/api/molecules/drawings", json={"drawings": wanted, "dark": True}).json()["drawings"]
    assert [bool(one["svg"]) for one in drawn] == [True, False, True, False]
    assert "cannot be read" in drawn[1]["problem"]
    assert drawn[2]["svg"].count("<ellipse") == 2
    assert "atoms are 0 to 0" in drawn[3]["problem"]


def test_a_common_core_lies_alike():
    from rdkit import Chem

    from kozue.doors.molecule.drawings import aligned

    blocks, core = aligned(["Clc1ccc2ncccc2c1", "nonsense", "CCCCOc1ccc2ncccc2c1"])
    assert core == 10
    assert sorted(blocks) == [0, 2]
    query = Chem.MolFromSmarts("c1ccc2ncccc2c1")
    places = []
    for block in blocks.values():
        mol = Chem.MolFromMolBlock(block)
        position = mol.GetConformer().GetAtomPosition(mol.GetSubstructMatch(query)[4])
        places.append((position.x, position.y))
    assert places[0] == pytest.approx(places[1], abs=0.01)
    assert aligned(["C", "N"]) == ({}, 0)


def test_molecules_are_compared_with_any_of_them(client):
    molecules = [
        {"smiles": "C"},
        {"smiles": "CCCCCCCCCC", "name": "long"},
        {"smiles": "CC"},
        {"smiles": "[Hg]"},
    ]
    body = client.post("/api/molecules/comparison", json={"molecules": molecules}).json()
    size = next(row for row in body["endpoints"] if row["key"] == "size")
    # Made-up sizes have no good side, so that a difference is no more than one.
    assert [value["verdict"] for value in size["values"]] == ["", "different", "similar", ""]
    assert size["differs"]
    assert body["molecules"][3]["problems"] == ["Mercury is refused."]
    other = client.post("/api/molecules/comparison", json={"molecules": molecules, "reference": 1}).json()
    size = next(row for row in other["endpoints"] if row["key"] == "size")
    assert [value["verdict"] for value in size["values"]] == ["different", "", "different", ""]
    assert (
        client.post(
            "/api/molecules/comparison", json={"molecules": molecules[:1], "reference": 3}
        ).status_code
        == 422
    )


@pytest.mark.parametrize(
    ("better", "first", "other", "expected"),
    [
        ("higher", (1, 0, 2), (5, 4, 6), "better"),
        ("lower", (1, 0, 2), (5, 4, 6), "worse"),
        ("higher", (1, 0, 5), (5, 4, 6), "similar"),
        ("middle", (2, 1, 3), (9, 8, 10), "worse"),
        ("middle", (9, 8, 10), (2, 1, 3), "better"),
        ("", (1, 0, 2), (5, 4, 6), "different"),
        ("higher", (1, None, None), (5, 4, 6), "similar"),
        ("higher", (None, None, None), (5, 4, 6), ""),
    ],
)
def test_a_difference_counts_only_beyond_both_intervals(better, first, other, expected):
    from kozue.core.records import Label
    from kozue.doors.molecule.comparison import Value, verdict
    from kozue.doors.molecule.parts import Endpoint

    endpoint = Endpoint("x", Label("x", "x"), "", False, Label("", ""), better, 1.0, 3.0)
    assert verdict(endpoint, Value(*first), Value(*other)) == expected


def test_the_sheet_as_a_table_has_an_endpoint_a_row(client):
    names = [{"smiles": "CCO", "name": "=SUM(A1)"}, {"smiles": "CC", "name": "=SUM(A1)"}]
    one = client.post("/api/molecules/sheet?format=csv", json={"molecules": names[:1], "language": "ja"})
    rows = list(csv.DictReader(io.StringIO(one.text.lstrip("\ufeff"))))
    assert [row["endpoint"] for row in rows] == ["size", "rings"]
    assert rows[0]["label"] == "大きさ"
    assert (float(rows[0]["value"]), rows[0]["light"], rows[0]["unit"]) == (3.0, "good", "letters")
    two = client.post("/api/molecules/sheet?format=csv", json={"molecules": names})
    header = next(csv.reader(io.StringIO(two.text.lstrip("\ufeff"))))
    assert len(set(header)) == len(header)
    assert "2 =SUM(A1) compared" in header


def test_the_sheet_as_sdf_has_a_record_a_molecule(client):
    body = {"molecules": [{"smiles": "CCO", "name": "ethanol"}, {"smiles": "[Hg]"}]}
    sdf = client.post("/api/molecules/sheet?format=sdf", json=body).text
    assert sdf.count("$$$$") == 2
    assert "> <size>\n3" in sdf


def test_the_sheet_on_paper_has_what_was_asked(client):
    body = {
        "molecules": [{"smiles": ASPIRIN, "name": "アスピリン $x_1$"}],
        "language": "ja",
        "explain": ["size"],
        "kinetics": {"values": {"rat_cl": 20}, "settings": {"dose": 50}},
    }
    pdf = client.post("/api/molecules/sheet", json=body)
    assert pdf.status_code == 200
    assert pdf.headers["content-type"] == "application/pdf"
    assert pdf.content.startswith(b"%PDF") and pdf.content.rstrip().endswith(b"%%EOF")
    assert client.post("/api/molecules/sheet", json=body).content == pdf.content
    assert b"CreationDate" not in pdf.content
    bare = client.post("/api/molecules/sheet", json={"molecules": body["molecules"]})
    assert len(bare.content) < len(pdf.content)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"explain": ["nothing"]}, 404),
        ({"kinetics": {"values": {"cat_cl": 1}}}, 404),
        ({"kinetics": {"settings": {"dose": -1}}}, 422),
        ({"molecules": [{"smiles": "C"}] * 7}, 422),
        ({"molecules": []}, 422),
        ({"language": "fr"}, 422),
        ({"mode": "magic"}, 404),
        ({"surprise": 1}, 422),
    ],
)
def test_a_sheet_that_cannot_be_is_refused(client, change, status):
    body = {"molecules": [{"smiles": "CC"}], **change}
    assert client.post("/api/molecules/sheet", json=body).status_code == status


def test_hostile_names_are_only_text_on_paper(client):
    names = ["$\\frac{", "<img src=x>", "\x00\x07", "😀" * 300, "a\nb", "\u202egnp"]
    for name in names:
        answer = client.post(
            "/api/molecules/sheet", json={"molecules": [{"smiles": "CC", "name": name[:500]}]}
        )
        assert answer.status_code == 200, name


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    smiles=st.lists(
        st.sampled_from(["C", "CCO", ASPIRIN, "[Hg]", "[Na+].[Cl-]", "c1ccccc1", PEPTIDE, "[13CH4]"]),
        min_size=1,
        max_size=6,
    ),
    name=st.text(max_size=60),
    language=st.sampled_from(["en", "ja"]),
    form=st.sampled_from(["pdf", "csv", "sdf"]),
    explain=st.lists(st.sampled_from(["size", "rings"]), max_size=2, unique=True),
)
def test_every_sheet_of_readable_structures_can_be_made(lasting, smiles, name, language, form, explain):
    body = {
        "molecules": [{"smiles": one, "name": name} for one in smiles],
        "language": language,
        "explain": explain,
    }
    answer = lasting.post(f"/api/molecules/sheet?format={form}", json=body)
    assert answer.status_code == 200, answer.text
    begin = {"pdf": b"%PDF", "csv": b"", "sdf": b""}[form]
    assert answer.content.startswith(begin)
    if form == "sdf":
        assert answer.text.count("$$$$\n") == len(smiles)
    for warning in json.loads(answer.headers.get("x-kozue-warnings", "[]")):
        assert warning.endswith((".", "'?'."))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=st.text(max_size=200))
def test_any_text_is_read_or_refused_with_a_sentence(lasting, text):
    answer = lasting.post("/api/molecules/facts", json={"smiles": text})
    assert answer.status_code in (200, 422)
    if answer.status_code == 422:
        assert answer.json()["detail"].endswith((".", "'"))


class TestPaper:
    """The means by which the sheet is drawn."""

    def test_every_text_of_the_sheet_can_be_written_where_a_japanese_font_is(self):
        from kozue.doors.molecule.paper.fonts import has_japanese, missing
        from kozue.doors.web.language import texts

        if not has_japanese():
            pytest.skip("this machine has no Japanese font")
        for language in ("en", "ja"):
            assert (
                missing("".join(text for key, text in texts(language).items() if key.startswith("paper.")))
                == ""
            )

    def test_without_a_japanese_font_the_sheet_is_in_english_and_says_so(self, client, monkeypatch):
        from kozue.doors.molecule.paper import fonts

        fonts.families.cache_clear()
        monkeypatch.setattr(fonts, "_installed", lambda: frozenset({"DejaVu Sans"}))
        try:
            body = {"molecules": [{"smiles": "CC", "name": "毒"}], "language": "ja"}
            answer = client.post("/api/molecules/sheet", json=body)
            said = json.loads(answer.headers["x-kozue-warnings"])
            assert "No Japanese font" in said[0] and "fonts-noto-cjk" in said[0]
            assert "毒" in said[1]
        finally:
            fonts.families.cache_clear()

    @pytest.mark.filterwarnings("error:Glyph")
    def test_no_letter_becomes_a_box(self, client):
        body = {"molecules": [{"smiles": ASPIRIN, "name": "髙﨑 λ₂ 😀 \U0010ffff ﷺ"}], "language": "ja"}
        assert client.post("/api/molecules/sheet", json=body).status_code == 200

    def test_what_no_font_has_becomes_a_question_mark(self):
        from kozue.doors.molecule.paper.fonts import missing, writable

        assert missing("a\U0010ffff") == "\U0010ffff"
        assert writable("a\U0010ffffb") in ("a?b", "a b")

    @given(text=st.text(max_size=300), width=st.floats(5, 200))
    @settings(max_examples=80, deadline=None)
    def test_lines_fit_and_lose_nothing(self, text, width):
        from kozue.doors.molecule.paper.canvas import measure, wrapped

        lines = wrapped(text, 9, width, 10_000)
        assert "".join("".join(lines).split()) == "".join(text.split())
        assert all(len(line) == 1 or measure(line.rstrip(), 9) <= width + 4 for line in lines)

    def test_a_drawing_becomes_vectors(self):
        from kozue.chem.draw import svg
        from kozue.doors.molecule.paper.shapes import patches

        drawing = svg(ASPIRIN, weights=[1.0] + [0.0] * 12)
        found = list(patches(drawing, 10, 20, 0.1, 0.3))
        shapes = [node.tag.rpartition("}")[2] for node in ElementTree.fromstring(drawing)]
        assert sum(type(patch).__name__ == "Ellipse" for patch in found) == shapes.count("ellipse") == 1
        for patch in found:
            if type(patch).__name__ == "PathPatch":
                assert (patch.get_path().vertices[:, 0] >= 10).all()
                assert (patch.get_path().vertices[:, 0] <= 34).all()


def test_attachment_points_are_ticked_by_clicking_atoms(client):
    def ask(**body):
        return client.post("/api/molecules/points", json=body)

    drawn = ask(smiles="Cc1ccccc1").json()
    assert drawn["smiles"] == "Cc1ccccc1"
    assert len(drawn["sites"]) == 7
    assert drawn["svg"].startswith("<svg")
    ticked = ask(smiles=drawn["lying"], toggle=0).json()
    assert ticked["smiles"].count("[*:1]") == 1
    (site,) = [site for site in ticked["sites"] if site["points"]]
    assert site["element"] == "C"
    back = ask(smiles=ticked["lying"], toggle=site["atom"]).json()
    assert "*" not in back["smiles"]
    for body in ({"smiles": "Cc1cccc1"}, {"smiles": "CC", "toggle": 9}, {"smiles": "FC(F)(F)F", "toggle": 1}):
        refused = ask(**body)
        assert refused.status_code == 422
        assert refused.json()["detail"]
