/** The one place that knows which kinds of store there are. */
import type { Storage } from './storage.js';
import { Store } from './store.js';

/**
 * Opens a store, making it where there is none.
 * @throws SetupError STORE_UNWRITABLE, ConfigError FORMAT_UNKNOWN
 */
export function openStorage(place: string): Storage {
  return Store.open(place);
}

/**
 * Opens a store that exists, to look at or to collect; opening writes nothing.
 * @throws ConfigError STORE_MISSING, FORMAT_UNKNOWN
 */
export function openExistingStorage(place: string): Storage {
  return Store.openExisting(place);
}
