/** A Binance USDT-M compatible exchange over HTTP on 127.0.0.1; one port serves REST and archives. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { SetupError } from '../lib/errors.js';
import { Arrivals, type Arrival } from './arrivals.js';
import { Exchange, type Counters } from './exchange.js';
import { parseExchangeOptions, type MarketOptions } from './options.js';
import { errorReply, sendReply, type Reply } from './reply.js';
import { openModel } from './sources/model.js';
import { openRecorded } from './sources/recorded.js';
import type { MarketSource } from './sources/source.js';

export type { Counters } from './exchange.js';

export interface RunningExchange {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly port: number;
  /** Stops it; open connections are cut. */
  close(): Promise<void>;
  counters(): Counters;
}

/**
 * Starts a simulated exchange; options as {@link parseExchangeOptions} describes them.
 * @throws ConfigError SIMULATE_OPTIONS_INVALID, RECORDED_EMPTY
 * @throws SetupError PORT_TAKEN
 */
export async function startExchange(raw: Readonly<Record<string, unknown>>): Promise<RunningExchange> {
  const options = parseExchangeOptions(raw);
  const exchange = new Exchange(options, openMarket(options.market));
  const arrivals = new Arrivals();
  const server = createServer((request, response) => {
    const { method = 'GET', url = '/' } = request;
    const arrival = arrivals.ofRequest(request.socket);
    sendReply(response, replyTo(exchange, { method, url, arrival }), method);
  });
  server.on('connection', (socket: Socket) => arrivals.noteConnection(socket));
  const port = await listen(server, options.port);
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    close: () => closeServer(server),
    counters: () => exchange.counters(),
  };
}

interface Asked {
  readonly method: string;
  readonly url: string;
  readonly arrival: Arrival;
}

function replyTo(exchange: Exchange, { method, url, arrival }: Asked): Reply {
  if (method !== 'GET' && method !== 'HEAD') return errorReply(405, -1000, `Method ${method} is not served.`);
  try {
    const { pathname, searchParams } = new URL(url, 'http://simulator');
    return exchange.answer(decodeURIComponent(pathname), searchParams, arrival);
  } catch (error) {
    // A recorded file that cannot be read, or a path that is none: the server must live on.
    return errorReply(500, -1000, error instanceof Error ? error.message : String(error));
  }
}

function openMarket(market: MarketOptions): MarketSource {
  return market.kind === 'recorded' ? openRecorded(market.dir) : openModel(market);
}

async function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        new SetupError('PORT_TAKEN', {
          what: `The simulated exchange cannot listen on 127.0.0.1:${port} (${error.code ?? error.message}).`,
          fix: 'Choose another port; 0 picks a free one.',
          details: { port },
          cause: error,
        }),
      );
    });
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

async function closeServer(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
