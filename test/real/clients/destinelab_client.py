"""destinelab as it is installed: its token with the right key and with a wrong one, then our own requests with it."""

import requests
from destinelab import DEDLServiceAccountAuth

from common import fetch, given, newest, tell

HDA = "https://hda.data.destination-earth.eu/stac/v2"

asked = given()
token = DEDLServiceAccountAuth(asked["clientId"], asked["clientSecret"]).get_token()

refused = ""
try:
    DEDLServiceAccountAuth(asked["clientId"], "not the secret").get_token()
except Exception as error:
    refused = type(error).__name__

body = {"collections": [asked["collection"]], "datetime": asked["datetime"], "limit": 10}
url = f"{HDA}/search"
items, pages = [], 0
while url and pages < 20:
    answer = requests.post(url, headers={"Authorization": f"Bearer {token}"}, json=body, timeout=30)
    answer.raise_for_status()
    page = answer.json()
    items += page["features"]
    pages += 1
    following = [link for link in page["links"] if link["rel"] == "next"]
    url, body = (following[0]["href"], following[0]["body"]) if following else (None, None)
item = newest(items, asked["wanted"])
file = fetch(requests.get, item["assets"]["downloadLink"]["href"], token)
tell(ids=[one["id"] for one in items], pages=pages, newest=item["id"], file=file, refused=refused)
