"""The verdicts of the service's own engine, delta-core: on inputs, and on addresses that it fetches."""
import asyncio
import json
import sys
import tempfile
import uuid
from datetime import datetime, timezone

from delta.manifest.models import Input, Manifest
from delta.run.api.model import (
    DataParameterModel,
    PrimitiveParameterModel,
    RunContextModel,
    SecretParameterModel,
)
from delta.run.orchestrator import DeltaOrchestrator, Node
from delta.run.storage_manager import DeltaLocalStorageManager


def parameter(name, given):
    if "secret_value" in given:
        return SecretParameterModel(name=name, secret_value=given["secret_value"])
    if "url" in given:
        return DataParameterModel(name=name, url=given["url"])
    return PrimitiveParameterModel(name=name, value=given["value"])


def orchestrator(declared, given, folder):
    inputs = {one["name"]: Input(**one) for one in declared}
    manifest = Manifest(name="twin", owner="somebody", inputs=inputs)
    context = RunContextModel(
        id=str(uuid.uuid4()),
        deltatwin_id="twin",
        owner="somebody",
        date_created=datetime.now(timezone.utc),
        inputs=[parameter(name, value) for name, value in given.items()],
    )
    storage = DeltaLocalStorageManager(base_dir=folder)
    return DeltaOrchestrator(manifest, {"nodes": [], "edges": []}, context, storage, None)


def told(context, failed):
    return {"failed": failed, "code": context.return_code, "message": context.message}


def check(declared, text, folder):
    engine = orchestrator(declared, json.loads(text), folder)
    try:
        engine.check_inputs()
    except TypeError:
        return told(engine.run_ctx, True)
    except Exception as error:
        return {"failed": True, "code": engine.run_ctx.return_code, "message": str(error)}
    return told(engine.run_ctx, False)


def fetch(url, folder):
    engine = orchestrator([], {"product": {"url": url}}, folder)
    engine.storage_manager.add_run_directory(uuid.UUID(engine.run_ctx.id))
    node = Node("product", "product", Input(name="product", type="Data"))
    try:
        asyncio.run(engine.fetch_resource(node, engine.run_ctx.inputs[0], None))
    except Exception:
        return told(engine.run_ctx, True)
    return told(engine.run_ctx, False)


asked = json.load(sys.stdin)
with tempfile.TemporaryDirectory() as place:
    result = {
        "inputs": [check(asked["declared"], text, place) for text in asked["inputs"]],
        "urls": [fetch(url, place) for url in asked["urls"]],
    }
print(json.dumps(result))
