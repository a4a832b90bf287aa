"""The reference's formulas in pandas: FOLDER/klines/*.parquet in, FOLDER/pandas.parquet out."""

import json
import resource
import sys

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

PERIOD = 14
COLUMNS = ["timestamp", "open", "high", "low", "close", "volume"]


def wilder(values):
    return values.ewm(alpha=1 / PERIOD, adjust=False).mean()


def features(bars):
    out = pd.DataFrame({"symbol": "BTCUSDT", "timestamp": bars["timestamp"]})
    open_, high, low, close = bars["open"], bars["high"], bars["low"], bars["close"]
    day = bars["timestamp"].dt.floor("D")
    by_day = bars.groupby(day)["open"]
    out["ret1bar"] = close / open_ - 1
    for bars_back in range(2, 11):
        out[f"ret{bars_back}bar"] = close / by_day.shift(bars_back - 1) - 1
    out["bop"] = (close - open_) / (high - low).replace(0, np.nan)
    typical = (high + low + close) / 3
    mean = typical.rolling(PERIOD).mean()
    out["cci"] = (typical - mean) / (0.015 * (typical - mean).abs().rolling(PERIOD).mean())
    flow = typical * bars["volume"]
    change = typical.diff()
    rising = flow.where(change > 0, 0.0).rolling(PERIOD).sum()
    falling = flow.where(change < 0, 0.0).rolling(PERIOD).sum()
    out["mfi"] = 100 - 100 / (1 + rising / falling)
    delta = close.diff()
    gain, loss = wilder(delta.clip(lower=0)), wilder(-delta.clip(upper=0))
    rsi = 100 - 100 / (1 + gain / loss)
    out["rsi"] = rsi
    lowest, highest = rsi.rolling(PERIOD).min(), rsi.rolling(PERIOD).max()
    out["stochrsi"] = 100 * (rsi - lowest) / (highest - lowest)
    floor, ceiling = low.rolling(PERIOD).min(), high.rolling(PERIOD).max()
    fast = 100 * (close - floor) / (ceiling - floor)
    out["slowk"] = fast.rolling(3).mean()
    out["slowd"] = out["slowk"].rolling(3).mean()
    previous = close.shift()
    ranges = pd.concat([high - low, (high - previous).abs(), (low - previous).abs()], axis=1)
    out["natr"] = 100 * wilder(ranges.max(axis=1)) / close
    out["fwd1min"] = close.shift(-1) / open_.shift(-1) - 1
    return out.replace([np.inf, -np.inf], np.nan).dropna()


def main():
    folder = sys.argv[1]
    bars = pq.read_table(f"{folder}/klines", columns=COLUMNS).to_pandas()
    rows = features(bars)
    rows.to_parquet(f"{folder}/pandas.parquet", index=False)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"rows": len(rows), "peakMb": peak}))


main()
