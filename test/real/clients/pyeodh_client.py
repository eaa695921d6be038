"""pyeodh, unmodified, at the service's own addresses: catalogues, collections, a search of all pages, a file put and deleted."""

import pystac
import requests
from common import given, tell
from pyeodh.client import Client


class ThroughProxy(pystac.stac_io.DefaultStacIO):
    """pystac's own reader knows no proxy; this one asks as pyeodh itself does."""

    def read_text_from_href(self, href):
        answer = requests.get(href, timeout=30)
        answer.raise_for_status()
        return answer.text


pystac.StacIO.set_default(ThroughProxy)

asked = given()
client = Client(base_url=asked["base"], username=asked["workspace"], token=asked["key"])
service = client.get_catalog_service()

paths = sorted(service.get_catalog_paths())
ceda = service.get_catalog("public/catalogs/ceda-stac-catalogue")
collections = sorted(one.id for one in ceda.get_collections())
found = ceda.search(
    collections=["sentinel2_ard"],
    query=["eo:cloud_cover<=20"],
    fields={"include": ["properties"]},
    limit=5,
)
items = [{"id": one.id, "cloud": one.properties.get("eo:cloud_cover")} for one in found]
cmip6 = ceda.get_collection("cmip6")
listed = [one.id for one in cmip6.get_items()]
item = cmip6.get_item(listed[0])

client.workspace.upload_file(b"from pyeodh", "folder/from pyeodh.txt")

tell(
    paths=paths,
    collections=collections,
    items=items,
    listed=listed,
    item=item.id,
    href=item.assets["data0001"].href,
    ping=service.ping(),
)
