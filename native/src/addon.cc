// Entry of the addon: one Environment for each Node environment that loads it.
#include <napi.h>

#include "bindings.h"
#include "spearman.h"

namespace lightgbm {

template <>
const napi_type_tag& TagOf<DatasetBox>() {
  static const napi_type_tag tag = {0x6d91b1a40e5a4c1dULL, 0x93f0d5c2a7784e01ULL};
  return tag;
}

template <>
const napi_type_tag& TagOf<BoosterBox>() {
  static const napi_type_tag tag = {0x0b7ce2f5914d4f36ULL, 0xa8e13d6c5b924702ULL};
  return tag;
}

std::vector<std::string> StringsOf(const Napi::Value& value) {
  const auto array = value.As<Napi::Array>();
  std::vector<std::string> strings;
  for (uint32_t i = 0; i < array.Length(); ++i) strings.push_back(array.Get(i).As<Napi::String>().Utf8Value());
  return strings;
}

Napi::Array ArrayOf(Napi::Env env, const std::vector<std::string>& strings) {
  Napi::Array array = Napi::Array::New(env, strings.size());
  for (uint32_t i = 0; i < strings.size(); ++i) array.Set(i, Napi::String::New(env, strings[i]));
  return array;
}

Napi::Float64Array ArrayOf(Napi::Env env, const std::vector<double>& numbers) {
  Napi::Float64Array array = Napi::Float64Array::New(env, numbers.size());
  std::copy(numbers.begin(), numbers.end(), array.Data());
  return array;
}

namespace {

/// probe(path: string): string — loads the library for good; its parameter names and aliases as JSON.
Napi::Value Probe(const Napi::CallbackInfo& info) {
  const Api api = LoadApi(info[0].As<Napi::String>().Utf8Value());
  return Napi::String::New(info.Env(), ParameterAliases(api));
}

/// load(path: string, numThreads: number): void — makes the library this environment's, and starts its thread.
Napi::Value Load(const Napi::CallbackInfo& info) {
  Environment::Of(info.Env())
      ->Load(info[0].As<Napi::String>().Utf8Value(), info[1].As<Napi::Number>().Int32Value());
  return info.Env().Undefined();
}

/// cancel(job: number): void
Napi::Value Cancel(const Napi::CallbackInfo& info) {
  Environment::Of(info.Env())->Cancel(info[0].As<Napi::Number>().Uint32Value());
  return info.Env().Undefined();
}

/// stop(): void — ends this environment's thread; no job is answered any more.
Napi::Value Stop(const Napi::CallbackInfo& info) {
  Environment::Of(info.Env())->Stop();
  return info.Env().Undefined();
}

/// spearman(predictions: Float64Array, labels: Float64Array): number — of equal lengths.
Napi::Value Spearman(const Napi::CallbackInfo& info) {
  const auto predictions = info[0].As<Napi::Float64Array>();
  const auto labels = info[1].As<Napi::Float64Array>();
  SpearmanIc spearman(labels.Data(), labels.ElementLength());
  return Napi::Number::New(info.Env(), spearman.Correlate(predictions.Data()));
}

Napi::Object Initialise(Napi::Env env, Napi::Object exports) {
  env.SetInstanceData(new std::shared_ptr<Environment>(std::make_shared<Environment>(env)));
  Export<Load>(exports, "load");
  Export<Probe>(exports, "probe");
  Export<Cancel>(exports, "cancel");
  Export<Stop>(exports, "stop");
  Export<Spearman>(exports, "spearman");
  ExportDataset(env, exports);
  ExportBooster(env, exports);
  ExportTraining(env, exports);
  return exports;
}

}  // namespace
}  // namespace lightgbm

static Napi::Object InitialiseAddon(Napi::Env env, Napi::Object exports) {
  return lightgbm::Initialise(env, exports);
}

NODE_API_MODULE(lightgbm, InitialiseAddon)
