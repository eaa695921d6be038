"""eodag with its own Data Lake provider: every page, newest, file."""

import hashlib
import os

from eodag import EODataAccessGateway

from common import given, tell

asked = given()
gateway = EODataAccessGateway()
criteria = {"collection": asked["collection"], "start": asked["start"], "end": asked["end"], "provider": "dedl"}
if asked["backend"]:
    criteria["query"] = {"federation:backends": {"eq": asked["backend"]}}
found = gateway.search_all(limit=asked["limit"], **criteria)
ids = [one.properties["id"] for one in found]
item = max(
    (one for one in found if asked["wanted"] in one.properties["id"]),
    key=lambda one: one.properties["start_datetime"],
)
result = {"ids": ids, "newest": item.properties["id"], "file": None}
if asked["download"]:
    place = gateway.download(item, output_dir=asked["folder"])
    # A folder named like the item, with the file in it.
    path = os.path.join(place, os.listdir(place)[0]) if os.path.isdir(place) else place
    with open(path, "rb") as file:
        content = file.read()
    result["file"] = {
        "name": os.path.basename(path),
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
tell(**result)
