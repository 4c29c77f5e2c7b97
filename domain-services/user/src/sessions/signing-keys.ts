import type { ServiceTools } from '@cloudphone/domain-service';
import { type Selectable, sql } from '@cloudphone/postgres';
import { randomId } from '@cloudphone/runtime';
import { type CryptoKey, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose';
import type { SigningKeyTable, UserTables } from '../schema.ts';

export interface SigningKey {
  readonly kid: string;
  readonly privateKey: CryptoKey;
}

/** A public JWK (RFC 7517). */
export type PublicKey = Readonly<Record<string, unknown>> & {
  readonly kid: string;
  readonly kty: string;
};

/** The key pairs of access tokens, kept in this service's database. */
export interface SigningKeys {
  /** The one that signs now; made by the first replica that needs one. */
  current(): Promise<SigningKey>;
  /** Every key whose tokens may be alive, and the next one. */
  published(): Promise<readonly PublicKey[]>;
  /** Makes the next key when the newest is a month old, and deletes those that have no tokens left. */
  rotate(): Promise<void>;
}

const MINUTE_MS = 60_000;
const SERVES_MS = 30 * 24 * 60 * MINUTE_MS;
/**
 * Longer than any access token lives (ten minutes) and any verifier keeps a list of keys: a new key
 * is published for so long before it signs, an old one for so long after it last did.
 */
const OVERLAP_MS = 60 * MINUTE_MS;
/** How long a replica goes on with a key after another one has taken over. */
const LOOK_AGAIN_MS = MINUTE_MS;

type Row = Selectable<SigningKeyTable>;

export function createSigningKeys({ postgres, clock }: ServiceTools<UserTables>): SigningKeys {
  let current: { readonly key: Promise<SigningKey>; readonly atMs: number } | undefined;

  const rowsByAge = () =>
    postgres.db
      .selectFrom('signing_keys')
      .selectAll()
      .orderBy('created_at', 'desc')
      .orderBy('kid')
      .execute();

  /** The table lock lets one replica look and change at a time, so that all sign with one key. */
  const inTurn = (isDue: (newest: Row | undefined) => boolean) =>
    postgres.db.transaction().execute(async (tx) => {
      await sql`lock table signing_keys in share row exclusive mode`.execute(tx);
      const newest = await tx
        .selectFrom('signing_keys')
        .selectAll()
        .orderBy('created_at', 'desc')
        .limit(1)
        .executeTakeFirst();
      if (!isDue(newest)) return;
      const pair = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
      await tx
        .insertInto('signing_keys')
        .values({
          kid: randomId(),
          private_jwk: { ...(await exportJWK(pair.privateKey)) },
          public_jwk: { ...(await exportJWK(pair.publicKey)) },
          created_at: new Date(clock.now()),
        })
        .execute();
    });
  const createWhenMissing = () => inTurn((newest) => newest === undefined);

  const load = async (): Promise<SigningKey> => {
    let row = signerAmong(await rowsByAge(), clock.now());
    if (row === undefined) {
      await createWhenMissing();
      row = signerAmong(await rowsByAge(), clock.now());
    }
    if (row === undefined) throw new Error('a signing key was created and is not there');
    const privateKey = await importJWK(row.private_jwk as JWK, 'EdDSA');
    return { kid: row.kid, privateKey: privateKey as CryptoKey };
  };

  return {
    current: () => {
      const nowMs = clock.monotonicMs();
      if (current === undefined || nowMs - current.atMs >= LOOK_AGAIN_MS) {
        const key = load().catch((err: unknown) => {
          current = undefined;
          throw err;
        });
        current = { key, atMs: nowMs };
      }
      return current.key;
    },
    published: async () => {
      await createWhenMissing();
      return (await rowsByAge()).map(({ kid, public_jwk }) => ({
        ...(public_jwk as { kty: string }),
        kid,
        alg: 'EdDSA',
        use: 'sig',
      }));
    },
    rotate: async () => {
      const nowMs = clock.now();
      await inTurn((newest) => newest === undefined || ageOf(newest, nowMs) >= SERVES_MS);
      const rows = await rowsByAge();
      const signer = signerAmong(rows, nowMs);
      if (signer === undefined || ageOf(signer, nowMs) < 2 * OVERLAP_MS) return;
      const ended = rows.slice(rows.indexOf(signer) + 1).map(({ kid }) => kid);
      if (ended.length === 0) return;
      await postgres.db.deleteFrom('signing_keys').where('kid', 'in', ended).execute();
    },
  };
}

const ageOf = (row: Row, nowMs: number) => nowMs - row.created_at.getTime();

/** Of keys by age: the newest that everybody knows by now, or the only one there is. */
function signerAmong(rows: readonly Row[], nowMs: number): Row | undefined {
  return rows.find((row) => ageOf(row, nowMs) >= OVERLAP_MS) ?? rows.at(-1);
}
