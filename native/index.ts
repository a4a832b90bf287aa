/** LightGBM for Node: datasets, training and prediction on a native thread. See README.md. */
export { addonPath } from './addon.js';
export { Booster, type PredictionKind, type PredictOptions } from './booster.js';
export { Dataset } from './dataset.js';
export { DatasetBlocks } from './dataset-blocks.js';
export type { BlockOptions, DatasetOptions, MatrixOptions, RowFields } from './dataset-options.js';
export type { EarlyStopping } from './early-stopping.js';
export { fetchedLibraryPath, findLightgbmLibrary, type LightgbmLibrary } from './library.js';
export type { LightgbmParameters, ParameterValue } from './parameters.js';
export { loadLightgbm, type LoadOptions } from './runtime.js';
export { spearmanIc } from './spearman.js';
export { train, type TrainOptions, type TrainProgress, type TrainResult } from './training.js';
