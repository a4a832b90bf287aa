#include "lightgbm-api.h"

#include <dlfcn.h>

#include <cstdlib>
#include <mutex>
#include <vector>

#include "failure.h"
#include "output-redirect.h"

namespace lightgbm {
namespace {

/// libgomp reads its settings once, when it is loaded. Its default of spinning at every barrier turns
/// 6 ms a round into 205 ms when another process uses the cores.
void LimitSpinning() {
  static std::once_flag once;
  std::call_once(once, [] { setenv("GOMP_SPINCOUNT", "1000", /*overwrite=*/0); });
}

template <typename Function>
void Resolve(void* library, const char* symbol, Function** target) {
  *target = reinterpret_cast<Function*>(dlsym(library, symbol));
  if (*target == nullptr) {
    throw Failure("LIBRARY_TOO_OLD", symbol, std::string("it has no function ") + symbol);
  }
}

void ResolveDataset(void* library, Api* api) {
  Resolve(library, "LGBM_GetSampleCount", &api->GetSampleCount);
  Resolve(library, "LGBM_SampleIndices", &api->SampleIndices);
  Resolve(library, "LGBM_DatasetCreateFromSampledColumn", &api->DatasetCreateFromSampledColumn);
  Resolve(library, "LGBM_DatasetCreateByReference", &api->DatasetCreateByReference);
  Resolve(library, "LGBM_DatasetPushRows", &api->DatasetPushRows);
  Resolve(library, "LGBM_DatasetSetWaitForManualFinish", &api->DatasetSetWaitForManualFinish);
  Resolve(library, "LGBM_DatasetMarkFinished", &api->DatasetMarkFinished);
  Resolve(library, "LGBM_DatasetCreateFromMat", &api->DatasetCreateFromMat);
  Resolve(library, "LGBM_DatasetSetFeatureNames", &api->DatasetSetFeatureNames);
  Resolve(library, "LGBM_DatasetSetField", &api->DatasetSetField);
  Resolve(library, "LGBM_DatasetGetField", &api->DatasetGetField);
  Resolve(library, "LGBM_DatasetUpdateParamChecking", &api->DatasetUpdateParamChecking);
  Resolve(library, "LGBM_DatasetFree", &api->DatasetFree);
}

void ResolveBooster(void* library, Api* api) {
  Resolve(library, "LGBM_BoosterCreate", &api->BoosterCreate);
  Resolve(library, "LGBM_BoosterLoadModelFromString", &api->BoosterLoadModelFromString);
  Resolve(library, "LGBM_BoosterMerge", &api->BoosterMerge);
  Resolve(library, "LGBM_BoosterAddValidData", &api->BoosterAddValidData);
  Resolve(library, "LGBM_BoosterUpdateOneIter", &api->BoosterUpdateOneIter);
  Resolve(library, "LGBM_BoosterGetCurrentIteration", &api->BoosterGetCurrentIteration);
  Resolve(library, "LGBM_BoosterGetNumClasses", &api->BoosterGetNumClasses);
  Resolve(library, "LGBM_BoosterGetNumFeature", &api->BoosterGetNumFeature);
  Resolve(library, "LGBM_BoosterGetFeatureNames", &api->BoosterGetFeatureNames);
  Resolve(library, "LGBM_BoosterGetEvalCounts", &api->BoosterGetEvalCounts);
  Resolve(library, "LGBM_BoosterGetEvalNames", &api->BoosterGetEvalNames);
  Resolve(library, "LGBM_BoosterGetEval", &api->BoosterGetEval);
  Resolve(library, "LGBM_BoosterGetNumPredict", &api->BoosterGetNumPredict);
  Resolve(library, "LGBM_BoosterGetPredict", &api->BoosterGetPredict);
  Resolve(library, "LGBM_BoosterCalcNumPredict", &api->BoosterCalcNumPredict);
  Resolve(library, "LGBM_BoosterPredictForMat", &api->BoosterPredictForMat);
  Resolve(library, "LGBM_BoosterSaveModelToString", &api->BoosterSaveModelToString);
  Resolve(library, "LGBM_BoosterFeatureImportance", &api->BoosterFeatureImportance);
  Resolve(library, "LGBM_BoosterFree", &api->BoosterFree);
}

/// LightGBM tells its version nowhere; this parameter came with 4.1.
void RefuseBefore41(const Api& api) {
  if (ParameterAliases(api).find("\"lambdarank_position_bias_regularization\"") == std::string::npos) {
    throw Failure("LIBRARY_TOO_OLD", "LGBM_DumpParamAliases", "it is older than 4.1");
  }
}

}  // namespace

Api LoadApi(const std::string& path) {
  LimitSpinning();
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (library == nullptr) {
    const char* reason = dlerror();
    throw Failure("LIBRARY_NOT_LOADED", "dlopen", reason == nullptr ? "unknown reason" : reason);
  }
  RedirectOutput(library);
  Api api{};
  Resolve(library, "LGBM_GetLastError", &api.GetLastError);
  Resolve(library, "LGBM_RegisterLogCallback", &api.RegisterLogCallback);
  Resolve(library, "LGBM_DumpParamAliases", &api.DumpParamAliases);
  ResolveDataset(library, &api);
  ResolveBooster(library, &api);
  RefuseBefore41(api);
  return api;
}

std::string ParameterAliases(const Api& api) {
  int64_t length = 0;
  api.DumpParamAliases(0, &length, nullptr);
  std::vector<char> text(static_cast<size_t>(length) + 1);
  if (api.DumpParamAliases(length, &length, text.data()) != 0) {
    throw Failure("LIGHTGBM", "LGBM_DumpParamAliases", api.GetLastError());
  }
  return std::string(text.data());
}

}  // namespace lightgbm
