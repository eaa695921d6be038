"""pystac-client: how long every page takes; `orjson` says whether it may use that parser, which a plain install has not."""

import json
import sys
import time

asked = json.load(sys.stdin)
if not asked["orjson"]:
    # An import of it fails, as it does where it is not installed.
    sys.modules["orjson"] = None

from pystac_client import Client  # noqa: E402

catalogue = Client.open(asked["stac"], headers={"Authorization": f"Bearer {asked['token']}"})
search = catalogue.search(collections=[asked["collection"]], limit=asked["limit"], max_items=asked["max"])
items = 0
start, cpu = time.perf_counter(), time.process_time()
for page in search.pages_as_dicts():
    items += len(page["features"])
seconds, cpu_seconds = time.perf_counter() - start, time.process_time() - cpu
print(json.dumps({"items": items, "seconds": seconds, "cpuSeconds": cpu_seconds}))
