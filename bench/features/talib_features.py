"""The same 18 columns by TA-Lib and numpy, read and written by pyarrow: FOLDER/klines/*.parquet in,
FOLDER/talib.parquet out."""

import json
import resource
import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import talib

PERIOD = 14
COLUMNS = ["timestamp", "open", "high", "low", "close", "volume"]


def lagged(values, bars):
    out = np.empty_like(values)
    out[:bars] = np.nan
    out[bars:] = values[: len(values) - bars]
    return out


def features(bars):
    open_, high, low, close, volume = (bars[name] for name in COLUMNS[1:])
    out = {"ret1bar": close / open_ - 1}
    for bars_back in range(2, 11):
        out[f"ret{bars_back}bar"] = close / lagged(open_, bars_back - 1) - 1
    out["bop"] = talib.BOP(open_, high, low, close)
    out["cci"] = talib.CCI(high, low, close, PERIOD)
    out["mfi"] = talib.MFI(high, low, close, volume, PERIOD)
    out["rsi"] = talib.RSI(close, PERIOD)
    out["stochrsi"], _ = talib.STOCHRSI(close, PERIOD, PERIOD, 3, 0)
    out["slowk"], out["slowd"] = talib.STOCH(high, low, close, PERIOD, 3, 0, 3, 0)
    out["natr"] = talib.NATR(high, low, close, PERIOD)
    target = np.full_like(close, np.nan)
    target[:-1] = close[1:] / open_[1:] - 1
    out["fwd1min"] = target
    return out


def main():
    folder = sys.argv[1]
    table = pq.read_table(f"{folder}/klines", columns=COLUMNS)
    bars = {name: table[name].to_numpy() for name in COLUMNS[1:]}
    columns = features(bars)
    warm_up = 29
    symbol = pa.DictionaryArray.from_arrays(pa.array(np.zeros(table.num_rows, np.int32)), ["BTCUSDT"])
    arrays = {"symbol": symbol, "timestamp": table["timestamp"], **columns}
    rows = pa.table(arrays).slice(warm_up)
    pq.write_table(rows, f"{folder}/talib.parquet", compression="none", use_dictionary=["symbol"])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"rows": rows.num_rows, "peakMb": peak}))


main()
