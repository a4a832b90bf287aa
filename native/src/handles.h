// Owners of LightGBM's handles. Shared: jobs, a booster in training and JavaScript may hold one.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "lightgbm-api.h"

namespace lightgbm {

using ApiPointer = std::shared_ptr<const Api>;

/// Throws Failure LIGHTGBM with the library's message when `status` is not 0. Same thread as the call.
void Check(const Api& api, const char* call, int status);

struct BoosterBox;

/// A dataset; freed where the last holder lets go: on LightGBM's thread, or on the JavaScript thread
/// once that one has ended.
struct DatasetBox {
  DatasetBox(ApiPointer api, DatasetHandle handle, int32_t rows, int32_t columns)
      : api(std::move(api)), handle(handle), rows(rows), columns(columns) {}
  ~DatasetBox() { api->DatasetFree(handle); }
  DatasetBox(const DatasetBox&) = delete;
  DatasetBox& operator=(const DatasetBox&) = delete;

  ApiPointer api;
  DatasetHandle handle;
  int32_t rows;
  int32_t columns;
  /// Booster whose raw predictions are the initial scores; null for a fresh start.
  std::shared_ptr<BoosterBox> init_model;
  /// Those scores, class by class, while rows are still being pushed.
  std::vector<double> init_scores;
};

/// A booster and the datasets it was trained on, which LightGBM reads until the booster is freed.
struct BoosterBox {
  BoosterBox(ApiPointer api, BoosterHandle handle) : api(std::move(api)), handle(handle) {}
  ~BoosterBox() { api->BoosterFree(handle); }
  BoosterBox(const BoosterBox&) = delete;
  BoosterBox& operator=(const BoosterBox&) = delete;

  ApiPointer api;
  BoosterHandle handle;
  std::shared_ptr<DatasetBox> train;
  std::shared_ptr<DatasetBox> valid;
};

/// What a booster says of itself.
struct BoosterFacts {
  int32_t features = 0;
  int32_t classes = 0;
  int32_t iterations = 0;
  std::vector<std::string> feature_names;
};

BoosterFacts FactsOf(const Api& api, BoosterHandle booster);

/// Names of the metrics a booster in training evaluates, in the order of their values.
std::vector<std::string> EvalNames(const Api& api, BoosterHandle booster);

/// Predictions of a row-major matrix. The thread count is passed even here: without it LightGBM sets
/// the whole process back to its default.
std::vector<double> PredictMatrix(const Api& api, const BoosterBox& booster, const double* matrix, int32_t rows,
                                  int32_t columns, int kind, int start_iteration, int iterations,
                                  const std::string& parameters);

}  // namespace lightgbm
