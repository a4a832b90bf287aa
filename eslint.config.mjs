import js from '@eslint/js';
import { builtinRules } from 'eslint/use-at-your-own-risk';
import tseslint from 'typescript-eslint';

/** A size rule has two limits, a warning and an error: the second needs a name of its own. */
const house = {
  rules: {
    'aim-lines': builtinRules.get('max-lines'),
    'aim-lines-per-function': builtinRules.get('max-lines-per-function'),
  },
};

const sizes = {
  'house/aim-lines': ['warn', 300],
  'max-lines': ['error', 500],
  'house/aim-lines-per-function': ['warn', 50],
  'max-lines-per-function': ['error', 80],
  'max-params': ['error', 4],
};

const common = {
  ...sizes,
  eqeqeq: 'error',
  'no-var': 'error',
  'prefer-const': 'error',
  'no-console': 'error',
  'no-param-reassign': 'error',
  'no-empty': ['error', { allowEmptyCatch: false }],
};

/** What types tell and a reader overlooks: promises nobody waits for, cases nobody handles. */
const typed = {
  '@typescript-eslint/await-thenable': 'error',
  '@typescript-eslint/no-floating-promises': 'error',
  '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false } }],
  '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
};

const typescript = {
  ...typed,
  '@typescript-eslint/no-explicit-any': 'error',
  '@typescript-eslint/consistent-type-imports': 'error',
  // Recursive JSON types need an alias with an index signature.
  '@typescript-eslint/consistent-type-definitions': 'off',
  '@typescript-eslint/consistent-indexed-object-style': 'off',
  // Kernels read `array[i]!` under noUncheckedIndexedAccess.
  '@typescript-eslint/no-non-null-assertion': 'off',
  '@typescript-eslint/no-confusing-non-null-assertion': 'off',
  '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
};

/** Workflow code runs in a sandbox and is replayed: Temporal's own API and types, and each other. */
const workflowImports = {
  '@typescript-eslint/no-restricted-imports': [
    'error',
    {
      patterns: [
        {
          regex: '^(?!@temporalio/workflow$|\\./|\\.\\./lib/config/task-queues\\.js$)',
          allowTypeImports: true,
          message: 'Workflows import @temporalio/workflow, each other, and types.',
        },
        { regex: '^node:', message: 'Workflows run in a sandbox without Node: use an activity.' },
      ],
    },
  ],
  'no-restricted-globals': ['error', 'process', 'fetch', 'performance', 'crypto'],
};

/** lib computes: it prints nothing and reads no environment; where it runs is not its business. */
const libGlobals = {
  'no-restricted-properties': [
    'error',
    { object: 'process', property: 'env', message: 'lib reads no environment: take it as a parameter.' },
    { object: 'process', property: 'exit', message: 'Throw a typed error.' },
    { object: 'process', property: 'stdout', message: 'lib prints nothing.' },
    { object: 'process', property: 'stderr', message: 'lib prints nothing.' },
  ],
};

/** Only the globals that the scripts use, so that a misspelt name is an error. */
const nodeGlobals = Object.fromEntries(
  ['process', 'Buffer', 'URL', 'console', 'setTimeout', 'clearTimeout', 'setInterval', 'clearInterval']
    .concat(['setImmediate', 'performance', 'fetch', 'AbortController', 'AbortSignal', 'TextDecoder'])
    .concat(['TextEncoder', 'structuredClone', 'queueMicrotask', 'URLSearchParams'])
    .map((name) => [name, 'readonly']),
);

export default tseslint.config(
  {
    ignores: [
      'node_modules/',
      'dist/',
      'build/',
      'cache/',
      'demo/',
      'coverage/',
      '{data,models,plot,report}/',
    ],
  },
  { linterOptions: { reportUnusedDisableDirectives: 'error' }, plugins: { house } },
  js.configs.recommended,
  {
    files: ['**/*.ts', '**/*.mts'],
    extends: [tseslint.configs.strict, tseslint.configs.stylistic],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: { ...common, ...typescript },
  },
  { files: ['**/*.mjs', '**/*.js'], languageOptions: { globals: nodeGlobals }, rules: common },
  {
    // Declarations describe other people's code as it is.
    files: ['**/*.d.ts'],
    rules: {
      '@typescript-eslint/no-extraneous-class': 'off',
      '@typescript-eslint/prefer-function-type': 'off',
    },
  },
  { files: ['workflows/**/*.ts'], rules: workflowImports },
  { files: ['lib/**/*.ts'], rules: libGlobals },
  { files: ['scripts/**/*.mjs', 'bench/**', '**/*.config.*'], rules: { 'no-console': 'off' } },
  {
    // A `describe` is one function by syntax only.
    files: ['test/**'],
    rules: { 'max-lines-per-function': 'off', 'house/aim-lines-per-function': 'off' },
  },
);
