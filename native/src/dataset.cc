// Datasets: from one matrix, or from a sample of rows and then blocks of all rows.
#include <algorithm>
#include <cmath>

#include "bindings.h"

namespace lightgbm {
namespace {

struct Fields {
  View<float> label;
  View<float> weight;
  View<double> init_score;
};

Fields FieldsOf(Job* job, const Napi::Object& options) {
  return {ViewOf<float>(job, options.Get("label")), ViewOf<float>(job, options.Get("weight")),
          ViewOf<double>(job, options.Get("initScore"))};
}

void SetField(const Api& api, const DatasetBox& dataset, const char* name, const void* data, size_t length,
              int type) {
  if (data == nullptr) return;
  Check(api, "LGBM_DatasetSetField",
        api.DatasetSetField(dataset.handle, name, data, static_cast<int>(length), type));
}

void SetFields(const Api& api, const DatasetBox& dataset, const Fields& fields) {
  SetField(api, dataset, "label", fields.label.data, fields.label.length, kFloat32);
  SetField(api, dataset, "weight", fields.weight.data, fields.weight.length, kFloat32);
  SetField(api, dataset, "init_score", fields.init_score.data, fields.init_score.length, kFloat64);
}

void SetFeatureNames(const Api& api, const DatasetBox& dataset, const std::vector<std::string>& names) {
  if (names.empty()) return;
  std::vector<const char*> pointers;
  for (const std::string& name : names) pointers.push_back(name.c_str());
  Check(api, "LGBM_DatasetSetFeatureNames",
        api.DatasetSetFeatureNames(dataset.handle, pointers.data(), static_cast<int>(pointers.size())));
}

/// Puts the raw predictions of `rows` rows from `start` into the dataset's scores, class by class.
void AddInitScores(const Api& api, DatasetBox* dataset, const double* rows, int32_t row_count, int32_t start,
                   const std::string& parameters) {
  const std::vector<double> raw =
      PredictMatrix(api, *dataset->init_model, rows, row_count, dataset->columns, kPredictRawScore, 0, -1, parameters);
  const size_t classes = row_count == 0 ? 1 : raw.size() / static_cast<size_t>(row_count);
  dataset->init_scores.resize(classes * static_cast<size_t>(dataset->rows));
  for (size_t row = 0; row < static_cast<size_t>(row_count); ++row) {
    for (size_t k = 0; k < classes; ++k) {
      dataset->init_scores[k * static_cast<size_t>(dataset->rows) + static_cast<size_t>(start) + row] =
          raw[row * classes + k];
    }
  }
}

void SetInitScores(const Api& api, DatasetBox* dataset) {
  if (dataset->init_model == nullptr) return;
  SetField(api, *dataset, "init_score", dataset->init_scores.data(), dataset->init_scores.size(), kFloat64);
  dataset->init_scores = std::vector<double>();
}

/// What both ways of making a dataset have in common.
class DatasetJob : public Job {
 public:
  DatasetJob(Napi::Env env, const Napi::Object& options)
      : Job(env),
        rows_(options.Get("rows").As<Napi::Number>().Int32Value()),
        columns_(options.Get("columns").As<Napi::Number>().Int32Value()),
        matrix_(ViewOf<double>(this, options.Get("matrix"))),
        parameters_(options.Get("parameters").As<Napi::String>().Utf8Value()),
        feature_names_(StringsOf(options.Get("featureNames"))),
        reference_(OptionalBoxOf<DatasetBox>(options.Get("reference"))),
        init_model_(OptionalBoxOf<BoosterBox>(options.Get("initModel"))) {}

  void Release(bool failed) override {
    reference_ = nullptr;
    init_model_ = nullptr;
    if (failed) dataset_ = nullptr;
  }

  Napi::Value Result(Napi::Env env) override { return MakeHandle(env, std::move(dataset_)); }

 protected:
  void Own(const ApiPointer& api, DatasetHandle handle) {
    dataset_ = std::make_shared<DatasetBox>(api, handle, rows_, columns_);
    dataset_->init_model = init_model_;
  }

  DatasetHandle ReferenceHandle() const { return reference_ == nullptr ? nullptr : reference_->handle; }

  int32_t rows_;
  int32_t columns_;
  View<double> matrix_;
  std::string parameters_;
  std::vector<std::string> feature_names_;
  std::shared_ptr<DatasetBox> reference_;
  std::shared_ptr<BoosterBox> init_model_;
  std::shared_ptr<DatasetBox> dataset_;
};

class FromMatrixJob : public DatasetJob {
 public:
  FromMatrixJob(Napi::Env env, const Napi::Object& options)
      : DatasetJob(env, options), fields_(FieldsOf(this, options)) {}

  void Run(const ApiPointer& api) override {
    DatasetHandle handle = nullptr;
    Check(*api, "LGBM_DatasetCreateFromMat",
          api->DatasetCreateFromMat(matrix_.data, kFloat64, rows_, columns_, 1, parameters_.c_str(),
                                    ReferenceHandle(), &handle));
    Own(api, handle);
    SetFields(*api, *dataset_, fields_);
    if (reference_ == nullptr) SetFeatureNames(*api, *dataset_, feature_names_);
    if (init_model_ != nullptr) AddInitScores(*api, dataset_.get(), matrix_.data, rows_, 0, parameters_);
    SetInitScores(*api, dataset_.get());
  }

 private:
  Fields fields_;
};

/// `matrix` holds the sampled rows only; the dataset is usable after its rows were pushed and finished.
class FromSampleJob : public DatasetJob {
 public:
  using DatasetJob::DatasetJob;

  void Run(const ApiPointer& api) override {
    DatasetHandle handle = nullptr;
    if (reference_ != nullptr) {
      Check(*api, "LGBM_DatasetCreateByReference",
            api->DatasetCreateByReference(reference_->handle, rows_, &handle));
    } else {
      handle = CreateFromSample(*api);
    }
    Own(api, handle);
    // Finishing by hand: LightGBM would otherwise finish at whichever block ends at the last row.
    Check(*api, "LGBM_DatasetSetWaitForManualFinish", api->DatasetSetWaitForManualFinish(handle, 1));
    if (reference_ == nullptr) SetFeatureNames(*api, *dataset_, feature_names_);
  }

 private:
  DatasetHandle CreateFromSample(const Api& api) {
    const auto sampled = static_cast<int32_t>(matrix_.length / static_cast<size_t>(columns_));
    std::vector<std::vector<double>> values(columns_);
    std::vector<std::vector<int>> places(columns_);
    SplitSample(sampled, &values, &places);
    std::vector<double*> value_pointers(columns_);
    std::vector<int*> place_pointers(columns_);
    std::vector<int> counts(columns_);
    for (int32_t column = 0; column < columns_; ++column) {
      value_pointers[column] = values[column].data();
      place_pointers[column] = places[column].data();
      counts[column] = static_cast<int>(values[column].size());
    }
    DatasetHandle handle = nullptr;
    Check(api, "LGBM_DatasetCreateFromSampledColumn",
          api.DatasetCreateFromSampledColumn(value_pointers.data(), place_pointers.data(), columns_, counts.data(),
                                             sampled, rows_, rows_, parameters_.c_str(), &handle));
    return handle;
  }

  /// By column, what LightGBM calls not zero, and its place in the sample (not its row).
  void SplitSample(int32_t sampled, std::vector<std::vector<double>>* values, std::vector<std::vector<int>>* places) {
    constexpr double kZeroThreshold = 1e-35f;
    for (int32_t place = 0; place < sampled; ++place) {
      const double* row = matrix_.data + static_cast<size_t>(place) * static_cast<size_t>(columns_);
      for (int32_t column = 0; column < columns_; ++column) {
        if (std::fabs(row[column]) <= kZeroThreshold) continue;  // NaN is kept
        (*values)[column].push_back(row[column]);
        (*places)[column].push_back(place);
      }
    }
  }
};

class PushJob : public Job {
 public:
  PushJob(Napi::Env env, const Napi::Object& options)
      : Job(env),
        dataset_(BoxOf<DatasetBox>(options.Get("dataset"))),
        block_(ViewOf<double>(this, options.Get("block"))),
        start_(options.Get("start").As<Napi::Number>().Int32Value()),
        parameters_(options.Get("parameters").As<Napi::String>().Utf8Value()) {}

  void Run(const ApiPointer& api) override {
    const auto rows = static_cast<int32_t>(block_.length / static_cast<size_t>(dataset_->columns));
    Check(*api, "LGBM_DatasetPushRows",
          api->DatasetPushRows(dataset_->handle, block_.data, kFloat64, rows, dataset_->columns, start_));
    if (dataset_->init_model == nullptr) return;
    AddInitScores(*api, dataset_.get(), block_.data, rows, start_, parameters_);
  }

  void Release(bool) override { dataset_ = nullptr; }
  Napi::Value Result(Napi::Env env) override { return env.Undefined(); }

 private:
  std::shared_ptr<DatasetBox> dataset_;
  View<double> block_;
  int32_t start_;
  std::string parameters_;
};

class FinishJob : public Job {
 public:
  FinishJob(Napi::Env env, const Napi::Object& options)
      : Job(env), dataset_(BoxOf<DatasetBox>(options.Get("dataset"))), fields_(FieldsOf(this, options)) {}

  void Run(const ApiPointer& api) override {
    Check(*api, "LGBM_DatasetMarkFinished", api->DatasetMarkFinished(dataset_->handle));
    SetFields(*api, *dataset_, fields_);
    SetInitScores(*api, dataset_.get());
  }

  void Release(bool) override { dataset_ = nullptr; }
  Napi::Value Result(Napi::Env env) override { return env.Undefined(); }

 private:
  std::shared_ptr<DatasetBox> dataset_;
  Fields fields_;
};

class SampleRowsJob : public Job {
 public:
  SampleRowsJob(Napi::Env env, int32_t rows, std::string parameters)
      : Job(env), rows_(rows), parameters_(std::move(parameters)) {}

  void Run(const ApiPointer& api) override {
    int count = 0;
    Check(*api, "LGBM_GetSampleCount", api->GetSampleCount(rows_, parameters_.c_str(), &count));
    sample_.resize(static_cast<size_t>(count));
    int32_t length = 0;
    Check(*api, "LGBM_SampleIndices",
          api->SampleIndices(rows_, parameters_.c_str(), sample_.data(), &length));
    sample_.resize(static_cast<size_t>(length));
  }

  Napi::Value Result(Napi::Env env) override {
    Napi::Int32Array array = Napi::Int32Array::New(env, sample_.size());
    std::copy(sample_.begin(), sample_.end(), array.Data());
    return array;
  }

 private:
  int32_t rows_;
  std::string parameters_;
  std::vector<int32_t> sample_;
};

template <typename AJob>
Napi::Value SubmitWithOptions(const Napi::CallbackInfo& info) {
  auto job = std::make_shared<AJob>(info.Env(), info[1].As<Napi::Object>());
  return Environment::Of(info.Env())->Submit(job, info[0].As<Napi::Number>().Uint32Value());
}

/// sampleRows(job, rows, parameters): Promise<Int32Array>
Napi::Value SampleRows(const Napi::CallbackInfo& info) {
  auto job = std::make_shared<SampleRowsJob>(info.Env(), info[1].As<Napi::Number>().Int32Value(),
                                             info[2].As<Napi::String>().Utf8Value());
  return Environment::Of(info.Env())->Submit(job, info[0].As<Napi::Number>().Uint32Value());
}

/// disposeDataset(handle): void — idempotent.
Napi::Value DisposeDataset(const Napi::CallbackInfo& info) {
  SlotOf<DatasetBox>(info[0])->Empty();
  return info.Env().Undefined();
}

}  // namespace

void ExportDataset(Napi::Env, Napi::Object exports) {
  Export<SubmitWithOptions<FromMatrixJob>>(exports, "datasetFromMatrix");
  Export<SubmitWithOptions<FromSampleJob>>(exports, "datasetFromSample");
  Export<SubmitWithOptions<PushJob>>(exports, "datasetPush");
  Export<SubmitWithOptions<FinishJob>>(exports, "datasetFinish");
  Export<SampleRows>(exports, "sampleRows");
  Export<DisposeDataset>(exports, "disposeDataset");
}

}  // namespace lightgbm
