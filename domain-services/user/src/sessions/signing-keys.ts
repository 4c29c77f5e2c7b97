import type { ServiceTools } from '@cloudphone/domain-service';
import { sql } from '@cloudphone/postgres';
import { randomId } from '@cloudphone/runtime';
import { type CryptoKey, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose';
import type { UserTables } from '../schema.ts';

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
  /** The newest; made by the first replica that needs one. */
  current(): Promise<SigningKey>;
  /** Every key whose tokens may still be alive. */
  published(): Promise<readonly PublicKey[]>;
}

export function createSigningKeys({ postgres, clock }: ServiceTools<UserTables>): SigningKeys {
  let current: Promise<SigningKey> | undefined;

  const newestRow = () =>
    postgres.db
      .selectFrom('signing_keys')
      .selectAll()
      .orderBy('created_at', 'desc')
      .orderBy('kid')
      .limit(1)
      .executeTakeFirst();

  /** The table lock lets one replica look and insert at a time, so that all sign with one key. */
  const createWhenMissing = () =>
    postgres.db.transaction().execute(async (tx) => {
      await sql`lock table signing_keys in share row exclusive mode`.execute(tx);
      const present = await tx.selectFrom('signing_keys').select('kid').executeTakeFirst();
      if (present !== undefined) return;
      const pair = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
      const kid = randomId();
      await tx
        .insertInto('signing_keys')
        .values({
          kid,
          private_jwk: { ...(await exportJWK(pair.privateKey)) },
          public_jwk: { ...(await exportJWK(pair.publicKey)) },
          created_at: new Date(clock.now()),
        })
        .execute();
    });

  const load = async (): Promise<SigningKey> => {
    if ((await newestRow()) === undefined) await createWhenMissing();
    const row = await newestRow();
    if (row === undefined) throw new Error('a signing key was created and is not there');
    const privateKey = await importJWK(row.private_jwk as JWK, 'EdDSA');
    return { kid: row.kid, privateKey: privateKey as CryptoKey };
  };

  return {
    current: () => {
      current ??= load().catch((err: unknown) => {
        current = undefined;
        throw err;
      });
      return current;
    },
    published: async () => {
      await createWhenMissing();
      const rows = await postgres.db
        .selectFrom('signing_keys')
        .select(['kid', 'public_jwk'])
        .orderBy('created_at', 'desc')
        .execute();
      return rows.map(({ kid, public_jwk }) => ({
        ...(public_jwk as { kty: string }),
        kid,
        alg: 'EdDSA',
        use: 'sig',
      }));
    },
  };
}
