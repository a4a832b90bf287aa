// The training loop: one job from booster creation to the last round.
#include <algorithm>
#include <mutex>
#include <optional>

#include "bindings.h"
#include "early-stopping.h"
#include "spearman.h"

namespace lightgbm {
namespace {

constexpr const char* kIc = "ic";
constexpr int kValid = 1;  // LightGBM's index of the first validation dataset

/// Rank correlation of the validation predictions with their labels.
class ValidationIc {
 public:
  ValidationIc(const Api& api, BoosterHandle booster, const DatasetBox& valid)
      : api_(api), booster_(booster), spearman_(LabelsOf(api, valid), static_cast<size_t>(valid.rows)) {
    int64_t length = 0;
    Check(api, "LGBM_BoosterGetNumPredict", api.BoosterGetNumPredict(booster, kValid, &length));
    if (length != valid.rows) throw Failure("METRIC", "", "ic needs an objective with one output a row");
    predictions_.resize(static_cast<size_t>(length));
  }

  double Measure() {
    int64_t length = 0;
    Check(api_, "LGBM_BoosterGetPredict",
          api_.BoosterGetPredict(booster_, kValid, &length, predictions_.data()));
    return spearman_.Correlate(predictions_.data());
  }

 private:
  static const float* LabelsOf(const Api& api, const DatasetBox& valid) {
    int length = 0;
    int type = 0;
    const void* labels = nullptr;
    Check(api, "LGBM_DatasetGetField", api.DatasetGetField(valid.handle, "label", &length, &labels, &type));
    if (labels == nullptr || length != valid.rows || type != kFloat32) {
      throw Failure("METRIC", "", "the validation dataset has no label");
    }
    return static_cast<const float*>(labels);
  }

  const Api& api_;
  BoosterHandle booster_;
  SpearmanIc spearman_;
  std::vector<double> predictions_;
};

/// As Python's binding tells a metric's direction: by its name.
bool HigherIsBetter(const std::string& metric) {
  for (const char* prefix : {"auc", "ndcg@", "map@", "average_precision", kIc}) {
    if (metric.rfind(prefix, 0) == 0) return true;
  }
  return false;
}

/// Merging boosters with different numbers of trees an iteration would mix up their trees.
void RefuseOtherClasses(const Api& api, BoosterHandle booster, BoosterHandle init_model) {
  int classes = 0;
  int init_classes = 0;
  Check(api, "LGBM_BoosterGetNumClasses", api.BoosterGetNumClasses(booster, &classes));
  Check(api, "LGBM_BoosterGetNumClasses", api.BoosterGetNumClasses(init_model, &init_classes));
  if (classes == init_classes) return;
  throw Failure("INIT_MODEL_DIFFERS", "",
                "initModel has " + std::to_string(init_classes) + " classes, the parameters ask for " +
                    std::to_string(classes));
}

struct TrainOptions {
  std::shared_ptr<DatasetBox> train;
  std::shared_ptr<DatasetBox> valid;
  std::string parameters;
  std::string dataset_parameters;
  int rounds = 0;
  bool measure_ic = false;
  /// Metrics that decide, in the order in which they are asked; empty for a fixed number of rounds.
  std::vector<std::string> watched;
  int patience = 0;
};

struct TrainResult {
  std::shared_ptr<BoosterBox> booster;
  BoosterFacts facts;
  std::vector<std::string> metrics;
  /// Values of all metrics, round after round.
  std::vector<double> scores;
  int rounds = 0;
  int best_round = 0;
  /// Iterations the model has at the best round; rounds with an empty tree add none.
  int best_iteration = 0;
  std::string decided_by;
  bool stopped_early = false;
};

class TrainJob : public Job {
 public:
  TrainJob(Napi::Env env, const Napi::Object& options) : Job(env), environment_(Environment::Of(env)) {
    options_.train = BoxOf<DatasetBox>(options.Get("train"));
    options_.valid = OptionalBoxOf<DatasetBox>(options.Get("valid"));
    options_.parameters = options.Get("parameters").As<Napi::String>().Utf8Value();
    options_.dataset_parameters = options.Get("datasetParameters").As<Napi::String>().Utf8Value();
    options_.rounds = options.Get("rounds").As<Napi::Number>().Int32Value();
    options_.measure_ic = options.Get("measureIc").As<Napi::Boolean>().Value();
    options_.watched = StringsOf(options.Get("watched"));
    options_.patience = options.Get("patience").As<Napi::Number>().Int32Value();
    Hold(options);
  }

  void Run(const ApiPointer& api) override {
    Check(*api, "LGBM_DatasetUpdateParamChecking",
          api->DatasetUpdateParamChecking(options_.dataset_parameters.c_str(), options_.parameters.c_str()));
    CreateBooster(api);
    NameMetrics(*api);
    Loop(*api);
    result_.facts = FactsOf(*api, result_.booster->handle);
  }

  void Release(bool failed) override {
    options_.train = nullptr;
    options_.valid = nullptr;
    if (failed) result_.booster = nullptr;
  }

  Napi::Value Result(Napi::Env env) override;
  void Report(Napi::Env env) override;

 private:
  void CreateBooster(const ApiPointer& api);
  void NameMetrics(const Api& api);
  std::vector<WatchedMetric> WatchedMetrics() const;
  void Loop(const Api& api);
  void Measure(const Api& api, std::optional<ValidationIc>* ic);
  void Publish(int round);

  std::shared_ptr<Environment> environment_;
  TrainOptions options_;
  TrainResult result_;

  std::mutex progress_mutex_;
  int reported_round_ = 0;
  std::vector<double> reported_scores_;
  bool report_pending_ = false;
};

void TrainJob::CreateBooster(const ApiPointer& api) {
  BoosterHandle handle = nullptr;
  Check(*api, "LGBM_BoosterCreate",
        api->BoosterCreate(options_.train->handle, options_.parameters.c_str(), &handle));
  result_.booster = std::make_shared<BoosterBox>(api, handle);
  result_.booster->train = options_.train;
  if (options_.train->init_model != nullptr) {
    RefuseOtherClasses(*api, handle, options_.train->init_model->handle);
    Check(*api, "LGBM_BoosterMerge", api->BoosterMerge(handle, options_.train->init_model->handle));
  }
  if (options_.valid == nullptr) return;
  result_.booster->valid = options_.valid;
  Check(*api, "LGBM_BoosterAddValidData", api->BoosterAddValidData(handle, options_.valid->handle));
}

void TrainJob::NameMetrics(const Api& api) {
  if (options_.valid == nullptr) return;
  result_.metrics = EvalNames(api, result_.booster->handle);
  if (options_.measure_ic) result_.metrics.push_back(kIc);
}

std::vector<WatchedMetric> TrainJob::WatchedMetrics() const {
  std::vector<WatchedMetric> watched;
  for (const std::string& name : options_.watched) {
    const auto found = std::find(result_.metrics.begin(), result_.metrics.end(), name);
    if (found == result_.metrics.end()) {
      std::string known;
      for (const std::string& metric : result_.metrics) known += (known.empty() ? "" : ", ") + metric;
      throw Failure("METRIC", "", "there is no metric " + name + " to stop by; evaluated are: " + known);
    }
    watched.push_back({static_cast<size_t>(found - result_.metrics.begin()), HigherIsBetter(name)});
  }
  return watched;
}

void TrainJob::Loop(const Api& api) {
  const BoosterHandle booster = result_.booster->handle;
  EarlyStopping stopping(WatchedMetrics(), options_.patience);
  std::optional<ValidationIc> ic;
  if (options_.measure_ic) ic.emplace(api, booster, *options_.valid);
  std::vector<int> iterations;
  StopDecision decision{options_.rounds - 1, 0, false};
  for (int round = 0; round < options_.rounds; ++round) {
    if (cancelled) throw Failure("CANCELLED", "", "cancelled after " + std::to_string(round) + " rounds");
    int empty_tree = 0;
    Check(api, "LGBM_BoosterUpdateOneIter", api.BoosterUpdateOneIter(booster, &empty_tree));
    int iteration = 0;
    Check(api, "LGBM_BoosterGetCurrentIteration", api.BoosterGetCurrentIteration(booster, &iteration));
    iterations.push_back(iteration);
    Measure(api, &ic);
    result_.rounds = round + 1;
    Publish(round + 1);
    const double* values = result_.scores.data() + static_cast<size_t>(round) * result_.metrics.size();
    const auto stop = stopping.Observe(round, round + 1 == options_.rounds, values);
    if (!stop) continue;
    decision = *stop;
    result_.decided_by = options_.watched[decision.metric];
    break;
  }
  result_.best_round = decision.best + 1;
  result_.best_iteration = iterations[static_cast<size_t>(decision.best)];
  result_.stopped_early = decision.patience_ran_out;
}

void TrainJob::Measure(const Api& api, std::optional<ValidationIc>* ic) {
  const size_t metrics = result_.metrics.size();
  if (metrics == 0) return;
  const size_t start = result_.scores.size();
  result_.scores.resize(start + metrics);
  double* values = result_.scores.data() + start;
  int length = 0;
  Check(api, "LGBM_BoosterGetEval", api.BoosterGetEval(result_.booster->handle, kValid, &length, values));
  if (*ic) values[metrics - 1] = (*ic)->Measure();
}

/// Leaves the round's figures for Report and calls for it, unless a call is under way already.
void TrainJob::Publish(int round) {
  const size_t metrics = result_.metrics.size();
  {
    std::lock_guard<std::mutex> lock(progress_mutex_);
    reported_round_ = round;
    reported_scores_.assign(result_.scores.end() - static_cast<std::ptrdiff_t>(metrics), result_.scores.end());
    if (report_pending_) return;
    report_pending_ = true;
  }
  environment_->NotifyProgress(shared_from_this());
}

void TrainJob::Report(Napi::Env env) {
  int round = 0;
  std::vector<double> scores;
  {
    std::lock_guard<std::mutex> lock(progress_mutex_);
    report_pending_ = false;
    round = reported_round_;
    scores = reported_scores_;
  }
  const auto on_progress = FirstHeld().Get("onProgress").As<Napi::Function>();
  on_progress.Call({Napi::Number::New(env, round), ArrayOf(env, scores), ArrayOf(env, result_.metrics)});
}

Napi::Value TrainJob::Result(Napi::Env env) {
  Napi::Object value = Napi::Object::New(env);
  value.Set("booster", DescribeBooster(env, result_.booster, result_.facts));
  result_.booster = nullptr;
  value.Set("metrics", ArrayOf(env, result_.metrics));
  value.Set("scores", ArrayOf(env, result_.scores));
  value.Set("rounds", result_.rounds);
  value.Set("bestRound", result_.best_round);
  value.Set("bestIteration", result_.best_iteration);
  value.Set("decidedBy", result_.decided_by.empty() ? env.Null() : Napi::String::New(env, result_.decided_by));
  value.Set("stoppedEarly", result_.stopped_early);
  return value;
}

/// train(job, options): Promise<result>
Napi::Value Train(const Napi::CallbackInfo& info) {
  auto job = std::make_shared<TrainJob>(info.Env(), info[1].As<Napi::Object>());
  return Environment::Of(info.Env())->Submit(job, info[0].As<Napi::Number>().Uint32Value());
}

}  // namespace

void ExportTraining(Napi::Env, Napi::Object exports) { Export<Train>(exports, "train"); }

}  // namespace lightgbm
