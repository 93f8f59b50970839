"""Delete runs; two runs side by side; several conditions on one column."""

from __future__ import annotations

import pytest


@pytest.fixture
def run(toys, kozue_home):
    """Return a function that makes a finished run and returns its id."""
    from kozue.run import RunStore, execute

    def made(records, at_most=1000, operation=None):
        created = RunStore().create(operation or toys.length, records, {"at_most": at_most})
        execute(created.folder)
        return created.id

    return made


def named(*pairs):
    return [{"smiles": smiles, "name": name} for name, smiles in pairs]


def test_a_run_is_deleted_with_its_folder(client, finished_run, kozue_home):
    assert (kozue_home / "runs" / finished_run).is_dir()
    assert client.delete(f"/api/runs/{finished_run}").status_code == 204
    assert not (kozue_home / "runs" / finished_run).exists()
    assert client.get(f"/api/runs/{finished_run}").status_code == 404
    assert client.delete(f"/api/runs/{finished_run}").status_code == 404


def test_a_run_that_goes_on_is_not_deleted(client, wait):
    body = {"operation": "toy.length", "records": ["C"] * 100, "settings": {"seconds": 0.5}}
    run = client.post("/api/runs", json=body).json()["id"]
    refused = client.delete(f"/api/runs/{run}")
    assert refused.status_code == 409
    assert "Cancel it first" in refused.json()["hint"]
    client.post(f"/api/runs/{run}/cancel")
    assert client.delete(f"/api/runs/{run}").status_code == 204


def test_records_are_matched_by_name_whatever_their_order(client, run):
    first = run(named(("a", "CC"), ("b", "CCC"), ("c", "C")))
    second = run(named(("b", "CCCC"), ("a", "CC"), ("d", "CCCCC")))
    body = client.get(f"/api/runs/{first}/differences/{second}").json()
    assert body["key"] == "name"
    assert (body["n_both"], body["n_first"], body["n_second"]) == (2, 1, 1)
    rows = {row["name"]: row for row in body["records"]}
    assert [rows["b"][key] for key in ("length", "length_second", "length_change", "in_runs")] == [
        3,
        4,
        1,
        "both",
    ]
    assert rows["a"]["length_change"] == 0
    assert (rows["c"]["length_second"], rows["c"]["in_runs"]) == (None, "first")
    assert (rows["d"]["length"], rows["d"]["in_runs"]) == (None, "second")
    assert body["summary"] == [
        {
            "column": "length",
            "n": 2,
            "n_different": 1,
            "mean_change": 0.5,
            "largest_change": 1,
            "unit": "letters",
        }
    ]


def test_a_comparison_is_sorted_filtered_paged_and_downloaded(client, run):
    first = run(named(*((f"m{n}", "C" * n) for n in range(1, 8))))
    second = run(named(*((f"m{n}", "C" * (n + n % 3)) for n in range(1, 8))))
    address = f"/api/runs/{first}/differences/{second}"
    body = client.get(
        address,
        params={
            "filter": ["length_change>=1", "length<=5"],
            "order": "length",
            "descending": True,
            "limit": 2,
        },
    ).json()
    assert body["total"] == 4
    assert [row["name"] for row in body["records"]] == ["m5", "m4"]
    assert client.get(f"{address}/result.csv").text.count("\n") == 8
    client.delete(f"/api/runs/{second}")
    assert client.get(address).status_code == 404


def test_without_a_telling_column_records_are_matched_by_place(client, run):
    first, second = run(["CC", "CC", "C"]), run(["CC", "CCC", "C", "C"])
    body = client.get(f"/api/runs/{first}/differences/{second}").json()
    assert body["key"] == ""
    assert "place in the input" in body["warnings"][0]
    assert [row["length_change"] for row in body["records"]] == [0, 1, 0, None]
    by_structure = client.get(f"/api/runs/{first}/differences/{second}", params={"key": "smiles"}).json()
    assert "not unique" in by_structure["warnings"][0]
    assert by_structure["n_both"] == 2
    assert client.get(f"/api/runs/{first}/differences/{second}", params={"key": "nothing"}).status_code == 404


def test_failed_records_are_compared_as_missing(client, run):
    first, second = run(["CCO", "CCCCCC"], at_most=4), run(["CCO", "CCCCCC"])
    body = client.get(f"/api/runs/{first}/differences/{second}").json()
    assert [row["length"] for row in body["records"]] == [3, None]
    assert body["summary"][0]["n"] == 1


def test_runs_of_different_operations_are_not_compared(client, run, toys):
    first, second = run(["CC"]), run(["CC"], operation=toys.noise)
    refused = client.get(f"/api/runs/{first}/differences/{second}")
    assert refused.status_code == 422
    assert "toy.noise" in refused.json()["detail"]
    assert client.get(f"/ui/differences?first={first}&second={second}").status_code == 200
    assert client.get(f"/ui/differences?first={first}&second=nothing").status_code == 404


def test_a_column_may_have_several_conditions(client, finished_run):
    def lengths(*filters):
        page = client.get(f"/api/runs/{finished_run}/table", params={"filter": list(filters)}).json()
        return [record["length"] for record in page["records"]]

    assert lengths("length>=2", "length<=5") == [3, 2, 5]
    assert lengths("length>=2", "length<=5", "length!=3") == [2, 5]
    assert lengths("smiles~c", "smiles~o") == [3]
    assert lengths("length=") == [None]
    assert lengths("length>=9", "length<=1") == []
