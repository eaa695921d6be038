"""pystac-client: token, every page (at most `most` of them), newest, file."""

import warnings

import requests
from pystac_client import Client

from common import fetch, given, newest, tell

warnings.simplefilter("ignore")
asked = given()
form = {
    "client_id": asked["clientId"],
    "client_secret": asked["clientSecret"],
    "grant_type": "client_credentials",
}
token = requests.post(asked["tokenUrl"], data=form, timeout=30).json()["access_token"]
catalogue = Client.open(asked["stac"], headers={"Authorization": f"Bearer {token}"})
search = catalogue.search(collections=[asked["collection"]], datetime=asked["datetime"], limit=asked["limit"])
items, pages, ended = [], 0, True
for page in search.pages_as_dicts():
    items += page["features"]
    pages += 1
    if pages >= asked["most"]:
        ended = False
        break
item = newest(items, asked["wanted"])
file = fetch(requests.get, item["assets"]["downloadLink"]["href"], token)
tell(ids=[one["id"] for one in items], pages=pages, ended=ended, newest=item["id"], file=file)
