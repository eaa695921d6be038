"""The loop of the service's notebook: requests, pieces of 1,024 bytes, a progress bar."""
import sys

import requests
from tqdm import tqdm

url, target = sys.argv[1:]
response = requests.get(url, stream=True)
response.raise_for_status()
total = int(response.headers.get("content-length", 0))
with tqdm(total=total, unit="B", unit_scale=True) as bar, open(target, "wb") as file:
    for data in response.iter_content(1024):
        bar.update(len(data))
        file.write(data)
