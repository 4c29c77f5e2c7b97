import { generateKeyPairSync, sign } from 'node:crypto';
import { askPatiently } from './ask.ts';

/** The access token of a log-in. Throws what the BFF said when it is refused. */
export async function tokenOf(url: string, username: string, password: string): Promise<string> {
  const { status, text, json } = await askPatiently(url, {
    method: 'POST',
    path: '/auth/login',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, password }),
  });
  if (status !== 200) throw new Error(`${username} may not log in: ${text}`);
  return String(json?.accessToken);
}

export const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** What one who holds somebody's token, but not the key it was signed with, can make of it. */
export function forgeries(token: string): Readonly<Record<string, string>> {
  const [header = '', payload = '', signature = ''] = token.split('.');
  const head = decoded(header);
  const claims = decoded(payload);
  const { privateKey } = generateKeyPairSync('ed25519');
  const signed = (text: string) => sign(null, Buffer.from(text), privateKey).toString('base64url');
  const raised = encoded({ ...claims, exp: Number(claims.exp) + 3_600 });
  const ended = encoded({ ...claims, exp: Number(claims.iat) - 3_600 });
  const none = encoded({ ...head, alg: 'none' });
  return {
    'no token at all': 'nobody',
    'no signature, alg none': `${none}.${payload}.`,
    'alg none, signature kept': `${none}.${payload}.${signature}`,
    'alg HS256': `${encoded({ ...head, alg: 'HS256' })}.${payload}.${signature}`,
    'its end put off': `${header}.${raised}.${signature}`,
    'another key': `${header}.${payload}.${signed(`${header}.${payload}`)}`,
    'ended, another key': `${header}.${ended}.${signed(`${header}.${ended}`)}`,
    'a key that nobody published': `${encoded({ ...head, kid: 'nobody' })}.${payload}.${signature}`,
  };
}

const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

const decoded = (text: string) =>
  JSON.parse(Buffer.from(text, 'base64url').toString()) as Record<string, unknown>;
