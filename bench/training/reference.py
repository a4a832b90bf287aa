"""The 17-fold job in Python, as the reference trains: lightgbm with scipy's Spearman as a metric of the
training and the validation rows, early stopping by rmse and ic. `reference.py FOLDER`; see measure.mjs."""

import json
import sys
import time
from pathlib import Path

import lightgbm as lgb
import numpy as np
from scipy.stats import spearmanr

folder = Path(sys.argv[1])
job = json.loads((folder / "job.json").read_text())
matrix = np.fromfile(folder / "matrix.f64").reshape(-1, len(job["columns"]))
target = np.fromfile(folder / "target.f64")


def ic(prediction, dataset):
    value = spearmanr(prediction, dataset.get_label()).statistic
    return "ic", 0.0 if np.isnan(value) else float(value), True


def run_fold(number, start, valid_start, test_start, test_end):
    params = dict(job["params"], num_threads=job["threads"])
    began = time.perf_counter()
    train = lgb.Dataset(
        matrix[start:valid_start], target[start:valid_start], feature_name=job["columns"], params=params
    ).construct()
    valid = lgb.Dataset(
        matrix[valid_start:test_start], target[valid_start:test_start], reference=train, params=params
    ).construct()
    created = time.perf_counter()
    seen = []
    booster = lgb.train(
        params,
        train,
        num_boost_round=job["rounds"],
        valid_sets=[train, valid],
        valid_names=["train", "valid"],
        feval=ic,
        callbacks=[
            lgb.early_stopping(job["patience"], verbose=False),
            lambda env: seen.append(env.iteration),
        ],
    )
    trained = time.perf_counter()
    prediction = booster.predict(matrix[test_start:test_end])
    predicted = time.perf_counter()
    (folder / f"python-{number}.txt").write_text(booster.model_to_string(num_iteration=booster.best_iteration))
    prediction.tofile(folder / f"python-{number}.f64")
    return {
        "createS": created - began,
        "trainS": trained - created,
        "predictS": predicted - trained,
        "rounds": len(seen),
        "best": booster.best_iteration,
    }


def read_ours(number, test_start, test_end):
    """Whether Python predicts with our model file what we predict with it."""
    booster = lgb.Booster(model_file=str(folder / f"ours-{number}.txt"))
    ours = np.fromfile(folder / f"ours-{number}.f64")
    return bool(np.array_equal(booster.predict(matrix[test_start:test_end]), ours))


if sys.argv[2:] == ["read"]:
    print(json.dumps([read_ours(number, *fold[2:]) for number, fold in enumerate(job["folds"])]))
else:
    print(json.dumps([run_fold(number, *fold) for number, fold in enumerate(job["folds"])]))
