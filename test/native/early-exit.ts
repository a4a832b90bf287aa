/** Leaves by `process.exit` in the middle of native work: `node early-exit.mjs trainings|prediction MS`. */
import { Dataset, train } from '../../native/index.js';
import { openLibrary, PARAMS, smallData } from './small-data.js';

const [work, delayMs] = process.argv.slice(2);
const EXIT_CODE = 3;
openLibrary();
const data = smallData({ rows: 20_000, columns: 8 });
const params = { ...PARAMS, num_leaves: 127, min_data_in_leaf: 20 };
const dataset = await Dataset.fromMatrix({ ...data, params });
if (work === 'trainings') {
  for (let count = 0; count < 20; count++) void train({ params, train: dataset, rounds: 2 });
} else {
  const { booster } = await train({ params, train: dataset, rounds: 30 });
  const matrix = new Float64Array(new SharedArrayBuffer(10 * data.matrix.byteLength));
  for (let copy = 0; copy < 10; copy++) matrix.set(data.matrix, copy * data.matrix.length);
  void booster.predict({ ...data, matrix, kind: 'contribution' }).then(() => process.stdout.write('done'));
}
setTimeout(() => process.exit(EXIT_CODE), Number(delayMs));
