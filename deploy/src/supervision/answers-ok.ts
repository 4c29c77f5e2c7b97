import { request } from 'node:http';

/** Whether a GET is answered with 200. Never throws; an answer that takes `timeoutMs` is none. */
export function answersOk(url: string, timeoutMs = 2_000): Promise<boolean> {
  return new Promise((resolve) => {
    const asking = request(url, { agent: false, timeout: timeoutMs }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    // After this process itself stood still, an answer may have come that is still to be read.
    asking.once('timeout', () => setImmediate(() => asking.destroy()));
    asking.once('error', () => resolve(false));
    asking.end();
  });
}
