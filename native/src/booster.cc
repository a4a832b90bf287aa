// Boosters: loading, predicting, writing, importance.
#include <algorithm>
#include <cstring>

#include "bindings.h"

namespace lightgbm {

Napi::Object DescribeBooster(Napi::Env env, const std::shared_ptr<BoosterBox>& booster, const BoosterFacts& facts) {
  Napi::Object description = Napi::Object::New(env);
  description.Set("handle", MakeHandle(env, booster));
  description.Set("features", facts.features);
  description.Set("classes", facts.classes);
  description.Set("iterations", facts.iterations);
  description.Set("featureNames", ArrayOf(env, facts.feature_names));
  return description;
}

namespace {

class LoadJob : public Job {
 public:
  LoadJob(Napi::Env env, std::string text) : Job(env), text_(std::move(text)) {}

  void Run(const ApiPointer& api) override {
    int iterations = 0;
    BoosterHandle handle = nullptr;
    Check(*api, "LGBM_BoosterLoadModelFromString",
          api->BoosterLoadModelFromString(text_.c_str(), &iterations, &handle));
    booster_ = std::make_shared<BoosterBox>(api, handle);
    facts_ = FactsOf(*api, handle);
  }

  void Release(bool failed) override {
    if (failed) booster_ = nullptr;
  }

  Napi::Value Result(Napi::Env env) override { return DescribeBooster(env, std::move(booster_), facts_); }

 private:
  std::string text_;
  std::shared_ptr<BoosterBox> booster_;
  BoosterFacts facts_;
};

/// Jobs that read a booster.
class BoosterJob : public Job {
 public:
  BoosterJob(Napi::Env env, const Napi::Object& options)
      : Job(env),
        booster_(BoxOf<BoosterBox>(options.Get("booster"))),
        iterations_(options.Get("iterations").As<Napi::Number>().Int32Value()) {}

  void Release(bool) override { booster_ = nullptr; }

 protected:
  std::shared_ptr<BoosterBox> booster_;
  int32_t iterations_;
};

class PredictJob : public BoosterJob {
 public:
  PredictJob(Napi::Env env, const Napi::Object& options)
      : BoosterJob(env, options),
        matrix_(ViewOf<double>(this, options.Get("matrix"))),
        columns_(options.Get("columns").As<Napi::Number>().Int32Value()),
        kind_(options.Get("kind").As<Napi::Number>().Int32Value()),
        start_iteration_(options.Get("startIteration").As<Napi::Number>().Int32Value()),
        parameters_(options.Get("parameters").As<Napi::String>().Utf8Value()) {}

  /// Rows after rows, so that the end of the process need not wait for all of them.
  void Run(const ApiPointer& api) override {
    const size_t columns = static_cast<size_t>(columns_);
    const size_t rows = matrix_.length / columns;
    const size_t rows_at_once = RowsAtOnce();
    for (size_t start = 0; start < rows; start += rows_at_once) {
      if (cancelled) throw Failure("CANCELLED", "", "cancelled after " + std::to_string(start) + " rows");
      const auto count = static_cast<int32_t>(std::min(rows_at_once, rows - start));
      const std::vector<double> part =
          PredictMatrix(*api, *booster_, matrix_.data + start * columns, count, columns_, kind_, start_iteration_,
                        iterations_, parameters_);
      if (start == 0) predictions_.reserve(part.size() * ((rows + rows_at_once - 1) / rows_at_once));
      predictions_.insert(predictions_.end(), part.begin(), part.end());
    }
  }

  Napi::Value Result(Napi::Env env) override { return ArrayOf(env, predictions_); }

 private:
  /// Contributions cost a thousand times as much a row.
  size_t RowsAtOnce() const { return kind_ == kPredictContrib ? 256 : 16384; }

  View<double> matrix_;
  int32_t columns_;
  int kind_;
  int32_t start_iteration_;
  std::string parameters_;
  std::vector<double> predictions_;
};

class TextJob : public BoosterJob {
 public:
  using BoosterJob::BoosterJob;

  void Run(const ApiPointer& api) override {
    int64_t length = 0;
    Save(*api, &length);
    if (static_cast<size_t>(length) > text_.size()) {
      text_.resize(static_cast<size_t>(length));
      Save(*api, &length);
    }
    text_.resize(std::strlen(text_.c_str()));
  }

  Napi::Value Result(Napi::Env env) override { return Napi::String::New(env, text_); }

 private:
  void Save(const Api& api, int64_t* length) {
    constexpr int kImportanceBySplits = 0;
    Check(api, "LGBM_BoosterSaveModelToString",
          api.BoosterSaveModelToString(booster_->handle, 0, iterations_, kImportanceBySplits,
                                       static_cast<int64_t>(text_.size()), length, text_.data()));
  }

  std::string text_ = std::string(1 << 16, '\0');
};

class ImportanceJob : public BoosterJob {
 public:
  ImportanceJob(Napi::Env env, const Napi::Object& options)
      : BoosterJob(env, options), kind_(options.Get("kind").As<Napi::Number>().Int32Value()) {}

  void Run(const ApiPointer& api) override {
    int features = 0;
    Check(*api, "LGBM_BoosterGetNumFeature", api->BoosterGetNumFeature(booster_->handle, &features));
    importance_.resize(static_cast<size_t>(features));
    Check(*api, "LGBM_BoosterFeatureImportance",
          api->BoosterFeatureImportance(booster_->handle, iterations_, kind_, importance_.data()));
  }

  Napi::Value Result(Napi::Env env) override { return ArrayOf(env, importance_); }

 private:
  int kind_;
  std::vector<double> importance_;
};

template <typename AJob>
Napi::Value SubmitWithOptions(const Napi::CallbackInfo& info) {
  auto job = std::make_shared<AJob>(info.Env(), info[1].As<Napi::Object>());
  return Environment::Of(info.Env())->Submit(job, info[0].As<Napi::Number>().Uint32Value());
}

/// boosterFromString(job, text): Promise<description>
Napi::Value FromString(const Napi::CallbackInfo& info) {
  auto job = std::make_shared<LoadJob>(info.Env(), info[1].As<Napi::String>().Utf8Value());
  return Environment::Of(info.Env())->Submit(job, info[0].As<Napi::Number>().Uint32Value());
}

/// disposeBooster(handle): void — idempotent.
Napi::Value DisposeBooster(const Napi::CallbackInfo& info) {
  SlotOf<BoosterBox>(info[0])->Empty();
  return info.Env().Undefined();
}

}  // namespace

void ExportBooster(Napi::Env, Napi::Object exports) {
  Export<FromString>(exports, "boosterFromString");
  Export<SubmitWithOptions<PredictJob>>(exports, "boosterPredict");
  Export<SubmitWithOptions<TextJob>>(exports, "boosterText");
  Export<SubmitWithOptions<ImportanceJob>>(exports, "boosterImportance");
  Export<DisposeBooster>(exports, "disposeBooster");
}

}  // namespace lightgbm
