#include "handles.h"

#include "failure.h"

namespace lightgbm {
namespace {

/// Strings from a function that fills a caller's buffers: called once to learn the sizes, once to fill.
/// `fill(len, out_len, buffer_len, out_buffer_len, out_strs)` returns LightGBM's status.
template <typename Fill>
std::vector<std::string> ReadStrings(const Api& api, const char* call, Fill fill) {
  int count = 0;
  size_t longest = 1;
  char none[1] = {0};
  char* no_slots[1] = {none};
  Check(api, call, fill(0, &count, size_t{1}, &longest, no_slots));
  const int slot_count = count;
  const size_t slot_size = longest;
  std::vector<char> text(static_cast<size_t>(slot_count) * slot_size + 1);
  std::vector<char*> slots(static_cast<size_t>(slot_count) + 1);
  for (int i = 0; i < slot_count; ++i) slots[i] = text.data() + static_cast<size_t>(i) * slot_size;
  Check(api, call, fill(slot_count, &count, slot_size, &longest, slots.data()));
  return std::vector<std::string>(slots.begin(), slots.begin() + slot_count);
}

}  // namespace

void Check(const Api& api, const char* call, int status) {
  if (status != 0) throw Failure("LIGHTGBM", call, api.GetLastError());
}

BoosterFacts FactsOf(const Api& api, BoosterHandle booster) {
  BoosterFacts facts;
  Check(api, "LGBM_BoosterGetNumFeature", api.BoosterGetNumFeature(booster, &facts.features));
  Check(api, "LGBM_BoosterGetNumClasses", api.BoosterGetNumClasses(booster, &facts.classes));
  Check(api, "LGBM_BoosterGetCurrentIteration", api.BoosterGetCurrentIteration(booster, &facts.iterations));
  facts.feature_names =
      ReadStrings(api, "LGBM_BoosterGetFeatureNames",
                  [&](int len, int* out_len, size_t buffer_len, size_t* out_buffer_len, char** out) {
                    return api.BoosterGetFeatureNames(booster, len, out_len, buffer_len, out_buffer_len, out);
                  });
  return facts;
}

std::vector<std::string> EvalNames(const Api& api, BoosterHandle booster) {
  return ReadStrings(api, "LGBM_BoosterGetEvalNames",
                     [&](int len, int* out_len, size_t buffer_len, size_t* out_buffer_len, char** out) {
                       return api.BoosterGetEvalNames(booster, len, out_len, buffer_len, out_buffer_len, out);
                     });
}

std::vector<double> PredictMatrix(const Api& api, const BoosterBox& booster, const double* matrix, int32_t rows,
                                  int32_t columns, int kind, int start_iteration, int iterations,
                                  const std::string& parameters) {
  int64_t length = 0;
  Check(api, "LGBM_BoosterCalcNumPredict",
        api.BoosterCalcNumPredict(booster.handle, rows, kind, start_iteration, iterations, &length));
  std::vector<double> predictions(static_cast<size_t>(length));
  if (rows > 0 && length > 0) {
    Check(api, "LGBM_BoosterPredictForMat",
          api.BoosterPredictForMat(booster.handle, matrix, kFloat64, rows, columns, 1, kind, start_iteration,
                                   iterations, parameters.c_str(), &length, predictions.data()));
  }
  return predictions;
}

}  // namespace lightgbm
