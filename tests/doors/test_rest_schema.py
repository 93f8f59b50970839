"""Every address against its own description, with made-up requests (schemathesis, all checks)."""

from __future__ import annotations

import os

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.config import SchemathesisConfig

EXAMPLES = int(os.environ.get("KOZUE_SCHEMA_EXAMPLES", "15"))
TOKEN = "secret-of-the-schema"
# Some rules cannot be written into a schema: a column must be among the records' own, a file must have been
# uploaded. What breaks only those is refused with 404, 409 or 422 and a sentence.
CONFIG = SchemathesisConfig.from_dict(
    {
        "checks": {
            "positive_data_acceptance": {
                "expected-statuses": ["2xx", 404, 409, 413, 422, 429],
            },
        },
    }
)


@pytest.fixture(scope="module")
def application(tmp_path_factory):
    """Return an application with the toy system's quick operations and a finished run."""
    import kozue_toys

    from kozue.core.registry import Registry
    from kozue.doors.rest import create_app
    from kozue.run import RunStore

    home = tmp_path_factory.mktemp("schema")
    registry = Registry()
    registry.add_module(kozue_toys)
    for name in ("toy.fragile", "toy.deadly", "toy.short", "toy.burn"):
        registry.operations.pop(name)  # these break or waste time on purpose
    store = RunStore(home / "runs")
    hosts = ("testserver", "localhost", "127.0.0.1")
    return create_app(
        registry=registry, store=store, token=TOKEN, uploads=home / "uploads", allowed_hosts=hosts
    )


@pytest.fixture(scope="module")
def described(application):
    """Return the schema that the application publishes."""
    headers = {"Authorization": f"Bearer {TOKEN}"}
    return schemathesis.openapi.from_asgi("/api/openapi.json", application, config=CONFIG, headers=headers)


def test_every_address_keeps_to_its_description(described, subtests):
    """Ask every address; one sub-test an address, so that one failure does not hide the others."""
    count = 0
    for result in described.get_all_operations():
        operation = result.ok()
        count += 1
        with subtests.test(address=operation.label):
            check(operation)
    assert count > 20


def check(operation):
    """Send made-up requests to one address and check all that can be checked."""
    # In a form every field is bytes: a number sent as a file is a file.
    upload = operation.label == "POST /api/files"
    modes = [GenerationMode.POSITIVE] if upload else [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]

    @given(case=st.one_of(*(operation.as_strategy(mode) for mode in modes)))
    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    def ask(case):
        case.call_and_validate(headers={"Authorization": f"Bearer {TOKEN}"})

    ask()
