/** One set-up at a time in a checkout: a second one waits, then finds everything in place. */
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const POLL_MS = 100;

/**
 * Runs `work` while holding the lock; a lock whose process is gone is taken over.
 * @template T
 * @param {string} file
 * @param {(line: string) => void} log
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(file, log, work) {
  mkdirSync(path.dirname(file), { recursive: true });
  let told = false;
  while (!tryLock(file)) {
    const holder = holderOf(file);
    if (holder !== null && !isAlive(holder)) rmSync(file, { force: true });
    else {
      if (!told) log(`waiting for the set-up that process ${holder ?? 'unknown'} runs (${file})`);
      told = true;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }
  const unlock = () => rmSync(file, { force: true });
  process.once('exit', unlock);
  try {
    return await work();
  } finally {
    process.removeListener('exit', unlock);
    unlock();
  }
}

/** By link, so that a lock is never seen without the process id in it. */
function tryLock(file) {
  const own = `${file}.${process.pid}`;
  writeFileSync(own, String(process.pid));
  try {
    linkSync(own, file);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(own);
  }
}

/** The process id in the lock; null where it was given back in this moment. */
function holderOf(file) {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return null;
    throw error;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code !== 'ESRCH';
  }
}
