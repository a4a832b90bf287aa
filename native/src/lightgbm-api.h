// LightGBM's C API as a table of function pointers, filled by dlopen: nothing is linked against the
// library, so one addon runs any build of LightGBM from 4.1 on. Prototypes are quoted from c_api.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace lightgbm {

using DatasetHandle = void*;
using BoosterHandle = void*;

constexpr int kFloat32 = 0;  // C_API_DTYPE_FLOAT32
constexpr int kFloat64 = 1;  // C_API_DTYPE_FLOAT64

constexpr int kPredictNormal = 0;    // C_API_PREDICT_NORMAL
constexpr int kPredictRawScore = 1;  // C_API_PREDICT_RAW_SCORE
constexpr int kPredictLeaf = 2;      // C_API_PREDICT_LEAF_INDEX
constexpr int kPredictContrib = 3;   // C_API_PREDICT_CONTRIB

/// Every function returns 0, or -1 with the reason in GetLastError of the same thread.
struct Api {
  // const char* LGBM_GetLastError();
  const char* (*GetLastError)();
  // int LGBM_RegisterLogCallback(void (*callback)(const char*));
  int (*RegisterLogCallback)(void (*callback)(const char*));
  // int LGBM_DumpParamAliases(int64_t buffer_len, int64_t* out_len, char* out_str);
  int (*DumpParamAliases)(int64_t buffer_len, int64_t* out_len, char* out_str);

  // int LGBM_GetSampleCount(int32_t num_total_row, const char* parameters, int* out);
  int (*GetSampleCount)(int32_t num_total_row, const char* parameters, int* out);
  // int LGBM_SampleIndices(int32_t num_total_row, const char* parameters, void* out, int32_t* out_len);
  int (*SampleIndices)(int32_t num_total_row, const char* parameters, void* out, int32_t* out_len);
  // int LGBM_DatasetCreateFromSampledColumn(double** sample_data, int** sample_indices, int32_t ncol,
  //   const int* num_per_col, int32_t num_sample_row, int32_t num_local_row, int64_t num_dist_row,
  //   const char* parameters, DatasetHandle* out);
  int (*DatasetCreateFromSampledColumn)(double** sample_data, int** sample_indices, int32_t ncol,
                                        const int* num_per_col, int32_t num_sample_row,
                                        int32_t num_local_row, int64_t num_dist_row,
                                        const char* parameters, DatasetHandle* out);
  // int LGBM_DatasetCreateByReference(const DatasetHandle reference, int64_t num_total_row,
  //   DatasetHandle* out);
  int (*DatasetCreateByReference)(const DatasetHandle reference, int64_t num_total_row,
                                  DatasetHandle* out);
  // int LGBM_DatasetPushRows(DatasetHandle dataset, const void* data, int data_type, int32_t nrow,
  //   int32_t ncol, int32_t start_row);
  int (*DatasetPushRows)(DatasetHandle dataset, const void* data, int data_type, int32_t nrow,
                         int32_t ncol, int32_t start_row);
  // int LGBM_DatasetSetWaitForManualFinish(DatasetHandle dataset, int wait);
  int (*DatasetSetWaitForManualFinish)(DatasetHandle dataset, int wait);
  // int LGBM_DatasetMarkFinished(DatasetHandle dataset);
  int (*DatasetMarkFinished)(DatasetHandle dataset);
  // int LGBM_DatasetCreateFromMat(const void* data, int data_type, int32_t nrow, int32_t ncol,
  //   int is_row_major, const char* parameters, const DatasetHandle reference, DatasetHandle* out);
  int (*DatasetCreateFromMat)(const void* data, int data_type, int32_t nrow, int32_t ncol,
                              int is_row_major, const char* parameters,
                              const DatasetHandle reference, DatasetHandle* out);
  // int LGBM_DatasetSetFeatureNames(DatasetHandle handle, const char** feature_names,
  //   int num_feature_names);
  int (*DatasetSetFeatureNames)(DatasetHandle handle, const char** feature_names,
                                int num_feature_names);
  // int LGBM_DatasetSetField(DatasetHandle handle, const char* field_name, const void* field_data,
  //   int num_element, int type);
  int (*DatasetSetField)(DatasetHandle handle, const char* field_name, const void* field_data,
                         int num_element, int type);
  // int LGBM_DatasetGetField(DatasetHandle handle, const char* field_name, int* out_len,
  //   const void** out_ptr, int* out_type);
  int (*DatasetGetField)(DatasetHandle handle, const char* field_name, int* out_len,
                         const void** out_ptr, int* out_type);
  // int LGBM_DatasetUpdateParamChecking(const char* old_parameters, const char* new_parameters);
  int (*DatasetUpdateParamChecking)(const char* old_parameters, const char* new_parameters);
  // int LGBM_DatasetFree(DatasetHandle handle);
  int (*DatasetFree)(DatasetHandle handle);

  // int LGBM_BoosterCreate(const DatasetHandle train_data, const char* parameters,
  //   BoosterHandle* out);
  int (*BoosterCreate)(const DatasetHandle train_data, const char* parameters, BoosterHandle* out);
  // int LGBM_BoosterLoadModelFromString(const char* model_str, int* out_num_iterations,
  //   BoosterHandle* out);
  int (*BoosterLoadModelFromString)(const char* model_str, int* out_num_iterations,
                                    BoosterHandle* out);
  // int LGBM_BoosterMerge(BoosterHandle handle, BoosterHandle other_handle);
  int (*BoosterMerge)(BoosterHandle handle, BoosterHandle other_handle);
  // int LGBM_BoosterAddValidData(BoosterHandle handle, const DatasetHandle valid_data);
  int (*BoosterAddValidData)(BoosterHandle handle, const DatasetHandle valid_data);
  // int LGBM_BoosterUpdateOneIter(BoosterHandle handle, int* produced_empty_tree);
  int (*BoosterUpdateOneIter)(BoosterHandle handle, int* produced_empty_tree);
  // int LGBM_BoosterGetCurrentIteration(BoosterHandle handle, int* out_iteration);
  int (*BoosterGetCurrentIteration)(BoosterHandle handle, int* out_iteration);
  // int LGBM_BoosterGetNumClasses(BoosterHandle handle, int* out_len);
  int (*BoosterGetNumClasses)(BoosterHandle handle, int* out_len);
  // int LGBM_BoosterGetNumFeature(BoosterHandle handle, int* out_len);
  int (*BoosterGetNumFeature)(BoosterHandle handle, int* out_len);
  // int LGBM_BoosterGetFeatureNames(BoosterHandle handle, const int len, int* out_len,
  //   const size_t buffer_len, size_t* out_buffer_len, char** out_strs);
  int (*BoosterGetFeatureNames)(BoosterHandle handle, const int len, int* out_len,
                                const size_t buffer_len, size_t* out_buffer_len, char** out_strs);
  // int LGBM_BoosterGetEvalCounts(BoosterHandle handle, int* out_len);
  int (*BoosterGetEvalCounts)(BoosterHandle handle, int* out_len);
  // int LGBM_BoosterGetEvalNames(BoosterHandle handle, const int len, int* out_len,
  //   const size_t buffer_len, size_t* out_buffer_len, char** out_strs);
  int (*BoosterGetEvalNames)(BoosterHandle handle, const int len, int* out_len,
                             const size_t buffer_len, size_t* out_buffer_len, char** out_strs);
  // int LGBM_BoosterGetEval(BoosterHandle handle, int data_idx, int* out_len, double* out_results);
  int (*BoosterGetEval)(BoosterHandle handle, int data_idx, int* out_len, double* out_results);
  // int LGBM_BoosterGetNumPredict(BoosterHandle handle, int data_idx, int64_t* out_len);
  int (*BoosterGetNumPredict)(BoosterHandle handle, int data_idx, int64_t* out_len);
  // int LGBM_BoosterGetPredict(BoosterHandle handle, int data_idx, int64_t* out_len,
  //   double* out_result);
  int (*BoosterGetPredict)(BoosterHandle handle, int data_idx, int64_t* out_len,
                           double* out_result);
  // int LGBM_BoosterCalcNumPredict(BoosterHandle handle, int num_row, int predict_type,
  //   int start_iteration, int num_iteration, int64_t* out_len);
  int (*BoosterCalcNumPredict)(BoosterHandle handle, int num_row, int predict_type,
                               int start_iteration, int num_iteration, int64_t* out_len);
  // int LGBM_BoosterPredictForMat(BoosterHandle handle, const void* data, int data_type,
  //   int32_t nrow, int32_t ncol, int is_row_major, int predict_type, int start_iteration,
  //   int num_iteration, const char* parameter, int64_t* out_len, double* out_result);
  int (*BoosterPredictForMat)(BoosterHandle handle, const void* data, int data_type, int32_t nrow,
                              int32_t ncol, int is_row_major, int predict_type,
                              int start_iteration, int num_iteration, const char* parameter,
                              int64_t* out_len, double* out_result);
  // int LGBM_BoosterSaveModelToString(BoosterHandle handle, int start_iteration, int num_iteration,
  //   int feature_importance_type, int64_t buffer_len, int64_t* out_len, char* out_str);
  int (*BoosterSaveModelToString)(BoosterHandle handle, int start_iteration, int num_iteration,
                                  int feature_importance_type, int64_t buffer_len,
                                  int64_t* out_len, char* out_str);
  // int LGBM_BoosterFeatureImportance(BoosterHandle handle, int num_iteration, int importance_type,
  //   double* out_results);
  int (*BoosterFeatureImportance)(BoosterHandle handle, int num_iteration, int importance_type,
                                  double* out_results);
  // int LGBM_BoosterFree(BoosterHandle handle);
  int (*BoosterFree)(BoosterHandle handle);
};

/// Loads the library at `path` and never unloads it (OpenMP's threads outlive any dlclose).
/// Throws Failure LIBRARY_NOT_LOADED or LIBRARY_TOO_OLD. Callable from any thread.
Api LoadApi(const std::string& path);

/// Names of all parameters with their aliases, LightGBM's own JSON.
std::string ParameterAliases(const Api& api);

}  // namespace lightgbm
