/** The compiled addon as TypeScript sees it. Absent is `null` across this line. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isMainThread } from 'node:worker_threads';
import { SetupError } from '../lib/errors.js';

declare const datasetTag: unique symbol;
declare const boosterTag: unique symbol;

/** Opaque, type-tagged in C++; a handle of another kind is refused there. */
export interface DatasetHandle {
  readonly [datasetTag]: never;
}
export interface BoosterHandle {
  readonly [boosterTag]: never;
}

/** What every job resolves to; it rejects with a {@link NativeRefusal}. */
export interface JobAnswer<Value> {
  readonly value: Value;
  /** LightGBM's log lines of this job. */
  readonly log: readonly string[];
}

/** `code` LIGHTGBM is LightGBM's own refusal; `call` is the C function, empty where none was involved. */
export interface NativeRefusal {
  readonly code: string;
  readonly call: string;
  readonly message: string;
  readonly log?: readonly string[];
}

export interface BoosterDescription {
  readonly handle: BoosterHandle;
  readonly features: number;
  readonly classes: number;
  readonly iterations: number;
  readonly featureNames: readonly string[];
}

/** Typed arrays given to a job lie over SharedArrayBuffers: memory that cannot be detached under it. */
export interface NativeMatrixOptions {
  /** Row-major; all rows, or the sampled rows, or null where a reference gives the bins. */
  readonly matrix: Float64Array | null;
  readonly rows: number;
  readonly columns: number;
  readonly parameters: string;
  readonly featureNames: readonly string[];
  readonly reference: DatasetHandle | null;
  readonly initModel: BoosterHandle | null;
}

export interface NativeFields {
  readonly label: Float32Array | null;
  readonly weight: Float32Array | null;
  readonly initScore: Float64Array | null;
}

export interface NativePush {
  readonly dataset: DatasetHandle;
  readonly block: Float64Array;
  readonly start: number;
  readonly parameters: string;
}

export interface NativePredict {
  readonly booster: BoosterHandle;
  readonly matrix: Float64Array;
  readonly columns: number;
  readonly kind: number;
  readonly startIteration: number;
  readonly iterations: number;
  readonly parameters: string;
}

export interface NativeTrain {
  readonly train: DatasetHandle;
  readonly valid: DatasetHandle | null;
  readonly parameters: string;
  readonly datasetParameters: string;
  readonly rounds: number;
  readonly measureIc: boolean;
  readonly watched: readonly string[];
  readonly patience: number;
  onProgress(round: number, scores: Float64Array, metrics: readonly string[]): void;
}

export interface NativeTrainResult {
  readonly booster: BoosterDescription;
  readonly metrics: readonly string[];
  /** Row-major: rounds x metrics. */
  readonly scores: Float64Array;
  readonly rounds: number;
  readonly bestRound: number;
  readonly bestIteration: number;
  readonly decidedBy: string | null;
  readonly stoppedEarly: boolean;
}

/** The bindings. `job` is the caller's number for the job, unique among those under way. */
export interface NativeAddon {
  /** dlopen; `int LGBM_DumpParamAliases(int64_t buffer_len, int64_t* out_len, char* out_str)` */
  probe(path: string): string;
  /** `int LGBM_RegisterLogCallback(void (*callback)(const char*))` on the thread it starts. */
  load(path: string, numThreads: number): void;
  /** Sets the job's flag: it ends before its next round, or is answered at once where it still waits. */
  cancel(job: number): void;
  /** Ends this thread's native thread within one step of what it does; no job is answered any more. */
  stop(): void;
  /** Average-rank correlation of two arrays of equal length; no LightGBM call. */
  spearman(predictions: Float64Array, labels: Float64Array): number;

  /**
   * `int LGBM_GetSampleCount(int32_t num_total_row, const char* parameters, int* out)`,
   * `int LGBM_SampleIndices(int32_t num_total_row, const char* parameters, void* out, int32_t* out_len)`
   */
  sampleRows(job: number, rows: number, parameters: string): Promise<JobAnswer<Int32Array>>;
  /**
   * `int LGBM_DatasetCreateFromMat(const void* data, int data_type, int32_t nrow, int32_t ncol,
   * int is_row_major, const char* parameters, const DatasetHandle reference, DatasetHandle* out)`,
   * `int LGBM_DatasetSetField(DatasetHandle handle, const char* field_name, const void* field_data,
   * int num_element, int type)`, `int LGBM_DatasetSetFeatureNames(DatasetHandle handle,
   * const char** feature_names, int num_feature_names)`
   */
  datasetFromMatrix(
    job: number,
    options: NativeMatrixOptions & NativeFields,
  ): Promise<JobAnswer<DatasetHandle>>;
  /**
   * `int LGBM_DatasetCreateFromSampledColumn(double** sample_data, int** sample_indices, int32_t ncol,
   * const int* num_per_col, int32_t num_sample_row, int32_t num_local_row, int64_t num_dist_row,
   * const char* parameters, DatasetHandle* out)`, or with a reference
   * `int LGBM_DatasetCreateByReference(const DatasetHandle reference, int64_t num_total_row,
   * DatasetHandle* out)`; then `int LGBM_DatasetSetWaitForManualFinish(DatasetHandle dataset, int wait)`
   */
  datasetFromSample(job: number, options: NativeMatrixOptions): Promise<JobAnswer<DatasetHandle>>;
  /**
   * `int LGBM_DatasetPushRows(DatasetHandle dataset, const void* data, int data_type, int32_t nrow,
   * int32_t ncol, int32_t start_row)`
   */
  datasetPush(job: number, push: NativePush): Promise<JobAnswer<undefined>>;
  /** `int LGBM_DatasetMarkFinished(DatasetHandle dataset)`, then `LGBM_DatasetSetField` */
  datasetFinish(
    job: number,
    fields: NativeFields & { readonly dataset: DatasetHandle },
  ): Promise<JobAnswer<undefined>>;
  /** `int LGBM_DatasetFree(DatasetHandle handle)`, after the jobs queued before; again does nothing. */
  disposeDataset(handle: DatasetHandle): void;

  /**
   * `int LGBM_BoosterLoadModelFromString(const char* model_str, int* out_num_iterations,
   * BoosterHandle* out)`, `LGBM_BoosterGetNumFeature`, `LGBM_BoosterGetNumClasses`,
   * `LGBM_BoosterGetCurrentIteration`, `LGBM_BoosterGetFeatureNames`
   */
  boosterFromString(job: number, text: string): Promise<JobAnswer<BoosterDescription>>;
  /**
   * `int LGBM_BoosterCalcNumPredict(BoosterHandle handle, int num_row, int predict_type,
   * int start_iteration, int num_iteration, int64_t* out_len)`,
   * `int LGBM_BoosterPredictForMat(BoosterHandle handle, const void* data, int data_type, int32_t nrow,
   * int32_t ncol, int is_row_major, int predict_type, int start_iteration, int num_iteration,
   * const char* parameter, int64_t* out_len, double* out_result)`
   */
  boosterPredict(job: number, options: NativePredict): Promise<JobAnswer<Float64Array>>;
  /**
   * `int LGBM_BoosterSaveModelToString(BoosterHandle handle, int start_iteration, int num_iteration,
   * int feature_importance_type, int64_t buffer_len, int64_t* out_len, char* out_str)`
   */
  boosterText(
    job: number,
    options: { readonly booster: BoosterHandle; readonly iterations: number },
  ): Promise<JobAnswer<string>>;
  /**
   * `int LGBM_BoosterFeatureImportance(BoosterHandle handle, int num_iteration, int importance_type,
   * double* out_results)`
   */
  boosterImportance(
    job: number,
    options: { readonly booster: BoosterHandle; readonly iterations: number; readonly kind: number },
  ): Promise<JobAnswer<Float64Array>>;
  /** `int LGBM_BoosterFree(BoosterHandle handle)`, after the jobs queued before; again does nothing. */
  disposeBooster(handle: BoosterHandle): void;

  /**
   * `int LGBM_DatasetUpdateParamChecking(const char* old_parameters, const char* new_parameters)`,
   * `int LGBM_BoosterCreate(const DatasetHandle train_data, const char* parameters, BoosterHandle* out)`,
   * `int LGBM_BoosterMerge(BoosterHandle handle, BoosterHandle other_handle)`,
   * `int LGBM_BoosterAddValidData(BoosterHandle handle, const DatasetHandle valid_data)`; each round
   * `int LGBM_BoosterUpdateOneIter(BoosterHandle handle, int* produced_empty_tree)`,
   * `int LGBM_BoosterGetCurrentIteration(BoosterHandle handle, int* out_iteration)`,
   * `int LGBM_BoosterGetEval(BoosterHandle handle, int data_idx, int* out_len, double* out_results)`,
   * `int LGBM_BoosterGetPredict(BoosterHandle handle, int data_idx, int64_t* out_len, double* out_result)`
   */
  train(job: number, options: NativeTrain): Promise<JobAnswer<NativeTrainResult>>;
}

let loaded: NativeAddon | null = null;

/**
 * The addon of this thread, loaded on first use from `build/lightgbm.node` of the nearest folder above
 * this file that has one.
 * @throws SetupError ADDON_MISSING, ADDON_UNUSABLE
 */
export function nativeAddon(): NativeAddon {
  if (loaded !== null) return loaded;
  const addon = requireAddon(addonPath());
  // `process.exit` runs no clean-up hooks of the main thread, but C++ destructors under running threads.
  if (isMainThread) process.once('exit', () => addon.stop());
  loaded = addon;
  return addon;
}

/**
 * Absolute path of the built addon.
 * @throws SetupError ADDON_MISSING
 */
export function addonPath(): string {
  const start = dirname(fileURLToPath(import.meta.url));
  for (let folder = start; ; folder = dirname(folder)) {
    const candidate = join(folder, 'build', 'lightgbm.node');
    if (existsSync(candidate)) return candidate;
    if (folder === dirname(folder)) break;
  }
  throw new SetupError('ADDON_MISSING', {
    what: `The LightGBM addon build/lightgbm.node is in no folder above ${start}.`,
    fix: 'Run `npm run setup`, or `node scripts/build-addon.mjs` alone.',
  });
}

function requireAddon(path: string): NativeAddon {
  try {
    return createRequire(import.meta.url)(path) as NativeAddon;
  } catch (cause) {
    throw new SetupError('ADDON_UNUSABLE', {
      what: `The LightGBM addon ${path} cannot be loaded: ${cause instanceof Error ? cause.message : String(cause)}.`,
      fix: 'Build it for this machine: `node scripts/build-addon.mjs --force`.',
      cause,
    });
  }
}
