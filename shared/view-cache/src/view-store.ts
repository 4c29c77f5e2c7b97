import type { Position } from './position.ts';

/** The second tier, shared by all processes. Every method rejects when the store is away. */
export interface ViewStore {
  /** One round trip. The position is the log's at that moment: before anything is loaded. */
  lookUp(key: string): Promise<{ readonly position: Position; readonly frame: Buffer | undefined }>;
  /**
   * Overwrites; a frame that is older than what it replaces costs a load, never a wrong answer. May
   * drop other entries, or this one, to stay within what all may weigh. Resolves with what they weigh.
   */
  store(key: string, frame: Buffer, ttlMs: number): Promise<number>;
  /** One atomic reading: when each tag last changed (0: never within a view's lifetime), as at `position`. */
  watermarks(
    tags: readonly string[],
  ): Promise<{ readonly position: Position; readonly marks: readonly number[] }>;
  /** False: somebody else holds it. */
  takeLease(key: string, holder: string, ttlMs: number): Promise<boolean>;
  /** False: it is not (or no longer) this holder's. */
  renewLease(key: string, holder: string, ttlMs: number): Promise<boolean>;
  /** Gives the lease back if it is still this holder's, and wakes whoever waits for it. */
  releaseLease(key: string, holder: string): Promise<void>;
  /** Called with the key of every lease that is given back anywhere; may miss some. */
  onReleased(listener: (key: string) => void): void;
  find(key: string): Promise<Buffer | undefined>;
  /** Walks all keys: for operators. */
  listKeys(prefix: string, limit: number): Promise<readonly string[]>;
  /** Adds to what other processes have counted; what nobody adds to is forgotten within two hours. */
  addHeat(counted: readonly { readonly recipe: string; readonly heat: number }[]): Promise<void>;
  /** Recipes, hottest first. */
  hottest(limit: number): Promise<readonly string[]>;
  close(): Promise<void>;
}
