/** Loaded before a worker (`node --import`): kills it with -9 before the step of publishing that DIE_AT names, `record:3`. */
import { Store } from '../../dist/lib/store/store.js';

const [wanted, count] = process.env.DIE_AT.split(':');
let seen = 0;
const open = Store.open.bind(Store);
Store.open = (root, options = {}) =>
  open(root, {
    ...options,
    onStep: (step) => {
      if (step === wanted) seen += 1;
      if (step === wanted && seen === Number(count)) process.kill(process.pid, 'SIGKILL');
    },
  });
