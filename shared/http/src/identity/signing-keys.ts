import { appError } from '@cloudphone/errors';
import type { Clock } from '@cloudphone/runtime';
import { type CryptoKey, importJWK, type JWK } from 'jose';

export interface SigningKeys {
  /** Throws not_authenticated for a key that nobody publishes; else as `loadKeys` does. */
  find(keyId: string | undefined): Promise<CryptoKey>;
}

/** Made-up key ids must not make every request ask for keys. */
const ASK_AGAIN_AFTER_MS = 5_000;

/**
 * The published keys that tokens are signed with: loaded when the first is needed, and again when a
 * token names an unknown one (keys rotate), at most every 5 s and once for all who wait.
 */
export function createSigningKeys(options: {
  readonly loadKeys: () => Promise<{ readonly keys: readonly JWK[] }>;
  readonly clock: Clock;
}): SigningKeys {
  const { clock } = options;
  let known = new Map<string, CryptoKey>();
  let loadedAtMs = Number.NEGATIVE_INFINITY;
  let loading: Promise<void> | undefined;

  const load = async (): Promise<void> => {
    const { keys } = await options.loadKeys();
    const usable = keys.filter((key) => key.kty === 'OKP' && key.kid !== undefined);
    const imported = await Promise.all(
      usable.map(async (key) => [key.kid, await importJWK(key, 'EdDSA')] as [string, CryptoKey]),
    );
    known = new Map(imported);
    loadedAtMs = clock.monotonicMs();
  };

  return {
    find: async (keyId = '') => {
      if (!known.has(keyId) && clock.monotonicMs() - loadedAtMs >= ASK_AGAIN_AFTER_MS) {
        loading ??= load().finally(() => {
          loading = undefined;
        });
        await loading;
      }
      const key = known.get(keyId);
      if (key !== undefined) return key;
      throw appError('not_authenticated', { privateDetail: `no published key ${keyId}` });
    },
  };
}
