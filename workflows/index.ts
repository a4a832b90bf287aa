export { nodeGroup } from './node-group.js';
export { pipeline } from './pipeline.js';
