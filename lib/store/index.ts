export type { ActionCost, ActionRecord, Provenance, RecordedOutput } from './action-record.js';
export { Attempt, type Publication, type StagedOutput } from './attempt.js';
export { canonicalJson } from './canonical-json.js';
export { actionKey, type Preimage } from './key.js';
export type { DeadLease, Lease, LeaseAnswer, LeaseHolder } from './leases.js';
export { thisProcess } from './process-identity.js';
export type { Lookup, MissReason, PublishOutcome } from './records.js';
export type { RunFile } from './runs.js';
export { Store, type StoreOptions } from './store.js';
