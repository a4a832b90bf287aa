export * from './bar-table.js';
export * from './interval.js';
export * from './segments.js';
