export { compileFeatures } from './compile-features.js';
export type { FeatureDefinition, IndicatorRequest } from './definition.js';
export type { FeatureSet } from './feature-set.js';
export { computeModelRows, type DroppedRows, type ModelRows, type ModelRowsInput } from './model-rows.js';
export { REGISTRY } from './registry.js';
export { findCodeClash, symbolCode } from './symbol-code.js';
export { computeTarget } from './target.js';
export { renderFeatureDocs } from './render-feature-docs.js';
