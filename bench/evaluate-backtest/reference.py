"""Evaluation and backtest as a pandas script does them: quantiles by groupby and rank, IC minute by minute with
scipy, returns by multiplying one-bar targets. Prints wall and CPU seconds by step as JSON. The IC by
minute takes minutes, all alike: it is timed on every tenth of them and its seconds are counted ten times."""

import json
import sys
import time
import warnings

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

warnings.filterwarnings("ignore", message="An input array is constant")
folder, bins = sys.argv[1], int(sys.argv[2])
seconds = {}
cpu = {}
SAMPLED_MINUTES = 10


def timed(name, work):
    start, cpu_start = time.perf_counter(), time.process_time()
    result = work()
    seconds[name] = seconds.get(name, 0) + time.perf_counter() - start
    cpu[name] = cpu.get(name, 0) + time.process_time() - cpu_start
    return result


def read():
    frame = pd.read_parquet(f"{folder}/predictions.parquet")
    return frame.sort_values(["timestamp", "symbol"]).reset_index(drop=True)


def minute_ic(frame):
    return frame.groupby("timestamp").apply(
        lambda group: spearmanr(group["prediction"], group["target"])[0], include_groups=False
    )


def quantiles(frame, scope):
    prediction = frame["prediction"]
    if scope == "global":
        share = prediction.rank(pct=True)
    else:
        key = frame["timestamp"] if scope == "timestamp" else frame["timestamp"].dt.date
        share = prediction.groupby(key).rank(pct=True)
    return np.ceil(share * bins).clip(1, bins).astype(int)


def evaluate(frame, scope):
    binned = frame.assign(quantile=quantiles(frame, scope)).dropna(subset=["target"])
    average = binned.groupby("quantile")["target"].mean()
    by_time = binned.groupby(["timestamp", "quantile"])["target"].mean()
    return average, (1 + by_time).groupby(level="quantile").cumprod()


def backtest(frame, scope):
    binned = frame.assign(quantile=quantiles(frame, scope))
    signal = (binned["quantile"] == bins).astype(float) - (binned["quantile"] == 1).astype(float)
    wide = binned.assign(signal=signal).pivot(index="timestamp", columns="symbol", values=["signal", "target"])
    position, target = wide["signal"].fillna(0), wide["target"].fillna(0)
    gross = (position * target).mean(axis=1)
    turnover = position.diff().abs().fillna(position.abs()).mean(axis=1)
    net = gross - turnover * 0.0005
    equity = (1 + net).cumprod()
    daily = (1 + net).groupby(net.index.date).prod() - 1
    return equity.iloc[-1], daily.mean() / daily.std() * np.sqrt(365)


frame = timed("read", read)
tenth = frame[frame["timestamp"].dt.minute % SAMPLED_MINUTES == 0]
timed("IC by minute", lambda: minute_ic(tenth))
seconds["IC by minute"] *= SAMPLED_MINUTES
cpu["IC by minute"] *= SAMPLED_MINUTES
timed("IC", lambda: spearmanr(*frame[["prediction", "target"]].dropna().to_numpy().T))
for scope in ["timestamp", "date", "global"]:
    timed("evaluate", lambda: evaluate(frame, scope))
    timed("backtest", lambda: backtest(frame, scope))
print(json.dumps({"rows": len(frame), "seconds": seconds, "cpu": cpu}))
