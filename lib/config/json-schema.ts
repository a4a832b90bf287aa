import { z } from 'zod';
import { configSchema } from './schema.js';

/** JSON Schema (draft 2020-12) of `config.json`, for editors; `config.schema.json` is this, generated. */
export function configJsonSchema(): Record<string, unknown> {
  return { title: 'minute-alpha config', ...z.toJSONSchema(configSchema, { io: 'input' }) };
}
