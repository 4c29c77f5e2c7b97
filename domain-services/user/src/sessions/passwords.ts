import { hash, verify } from '@node-rs/argon2';

/**
 * Argon2id, 19 MiB, two passes, one lane: OWASP's recommendation and the library's default, which
 * runs in the thread pool. Some 30 ms of one core each.
 */
export function hashPassword(password: string): Promise<string> {
  return hash(password);
}

let hashOfNobody: Promise<string> | undefined;

/**
 * Whether it is the password. With no hash (there is no such account) it takes just as long and
 * says no, so that the time of an answer does not tell which accounts exist.
 */
export async function isPassword(
  passwordHash: string | undefined,
  password: string,
): Promise<boolean> {
  hashOfNobody ??= hash('nobody has this password');
  const isRight = await verify(passwordHash ?? (await hashOfNobody), password);
  return isRight && passwordHash !== undefined;
}
