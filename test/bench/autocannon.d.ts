/** The part of autocannon that is used here; it brings no types of its own. */
declare module 'autocannon' {
  import type { EventEmitter } from 'node:events';

  export interface LoadOptions {
    readonly url: string;
    readonly connections: number;
    readonly pipelining: number;
    /** Seconds. */
    readonly duration: number;
    readonly headers: Readonly<Record<string, string>>;
    /** The end is noticed at a multiple of so many ms. */
    readonly sampleInt: number;
    readonly setupClient: (client: Client) => void;
  }

  /** One connection. `headers` comes with names and values in turn. */
  export interface Client extends EventEmitter {
    on(
      event: 'headers',
      listener: (head: { readonly statusCode: number; readonly headers: string[] }) => void,
    ): this;
  }

  export interface LoadResult {
    readonly requests: { readonly total: number };
    readonly throughput: { readonly total: number };
    readonly errors: number;
    readonly timeouts: number;
  }

  export interface Load extends EventEmitter, PromiseLike<LoadResult> {
    on(
      event: 'response',
      listener: (client: Client, status: number, bytes: number, durationMs: number) => void,
    ): this;
  }

  export default function autocannon(options: LoadOptions): Load;
}
