"""The same download as a script with requests, zipfile and pandas: every daily zip, its checksum, one Parquet a month."""

import hashlib
import io
import sys
import time
import zipfile
from pathlib import Path

import pandas as pd
import requests

COLUMNS = [
    "timestamp", "open", "high", "low", "close", "volume", "close_time",
    "quote_volume", "trades", "taker_buy_volume", "taker_buy_quote_volume", "ignore",
]


def fetch(session, base, key):
    answer = session.get(f"{base}/{key}", timeout=30)
    answer.raise_for_status()
    return answer.content


def read_day(session, base, key):
    packed = fetch(session, base, key)
    expected = fetch(session, base, f"{key}.CHECKSUM").decode().split()[0]
    if hashlib.sha256(packed).hexdigest() != expected:
        raise ValueError(f"checksum of {key}")
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        with archive.open(archive.namelist()[0]) as csv:
            return pd.read_csv(csv, header=None, names=COLUMNS)


def main(base, target, keys_file):
    keys = Path(keys_file).read_text().split()
    started, processor = time.perf_counter(), time.process_time()
    months = {}
    for key in keys:
        name = key.rsplit("/", 1)[1].removesuffix(".zip")
        months.setdefault(name[:-3], []).append(key)
    rows = 0
    with requests.Session() as session:
        for month, days in months.items():
            table = pd.concat([read_day(session, base, key) for key in days], ignore_index=True)
            table = table.drop(columns="ignore").sort_values("timestamp")
            rows += len(table)
            table.to_parquet(Path(target) / f"{month}.parquet")
    print(f"{time.perf_counter() - started:.3f} {time.process_time() - processor:.3f} {rows}")


main(*sys.argv[1:])
