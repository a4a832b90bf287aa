export { compileFeatures } from './compile-features.js';
export type { FeatureDefinition, IndicatorRequest } from './definition.js';
export type { FeatureSet } from './feature-set.js';
export { computeModelRows, type DroppedRows, type ModelRows, type ModelRowsInput } from './model-rows.js';
export { REGISTRY, SYMBOL_COLUMN } from './registry.js';
export { computeTarget } from './target.js';
