import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A service that several processes ask for one value, and that a test holds back. */
export interface CountedSource {
  readonly url: string;
  value: number;
  /** The process ids of those who asked, in order; each has read the value by then. */
  readonly askedBy: readonly number[];
  /** Processes that wait for the start. */
  readonly waiting: number;
  /** Lets all who wait, and all who come later, begin. */
  begin(): void;
  /** Answers from now on; those who were held back get what they had read. */
  answer(): void;
  close(): Promise<void>;
}

/** `GET /begin` answers when all may begin, `GET /value?pid=…` with what was true when it was asked. */
export async function serveCountedSource(): Promise<CountedSource> {
  const askedBy: number[] = [];
  let waiting = 0;
  let begin = (): void => {};
  let answer = (): void => {};
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const server = createServer(async (req, res) => {
    const { pathname, searchParams } = new URL(req.url ?? '/', 'http://source');
    if (pathname === '/begin') {
      waiting++;
      await begun;
      res.end();
      return;
    }
    const { value } = source;
    askedBy.push(Number(searchParams.get('pid')));
    await answered;
    res.end(JSON.stringify(value));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const source: CountedSource = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    value: 1,
    askedBy,
    get waiting() {
      return waiting;
    },
    begin: () => begin(),
    answer: () => answer(),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return source;
}
