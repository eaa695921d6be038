"""The steps of the Data Lake's notebook, with the service's own addresses: it needs the proxy."""

import requests
from destinelab import DEDLServiceAccountAuth
from tqdm import tqdm

from common import fetch, given, newest, tell

HDA = "https://hda.data.destination-earth.eu/stac/v2"

asked = given()
token = DEDLServiceAccountAuth(asked["clientId"], asked["clientSecret"]).get_token()
answer = requests.post(
    f"{HDA}/search",
    headers={"Authorization": f"Bearer {token}"},
    json={"collections": [asked["collection"]], "datetime": asked["datetime"]},
    timeout=30,
)
answer.raise_for_status()
page = answer.json()["features"]
item = newest(page, asked["wanted"])
file = {}
for _ in tqdm([item], disable=True):
    file = fetch(requests.get, item["assets"]["downloadLink"]["href"], token)
tell(ids=[one["id"] for one in page], newest=item["id"], file=file)
