#!/usr/bin/env node
/** The command: sets up what is missing (a few ms of looking when nothing is), then runs the built client. */
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { setup } from './setup.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

try {
  await setup({ root });
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
await import(pathToFileURL(path.join(root, 'dist', 'client-bundle.js')).href);
