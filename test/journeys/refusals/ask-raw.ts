import { connect } from 'node:net';
import type { Reply } from './ask.ts';

const PATIENCE_MS = 10_000;

/** Sends bytes as they are and reads until the server ends the connection. */
export function askRaw(url: string, bytes: string): Promise<Reply> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    let said = '';
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    socket.setTimeout(PATIENCE_MS, () => socket.destroy(new Error('the server says nothing')));
    socket.on('data', (chunk) => {
      said += chunk;
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(readReply(said)));
  });
}

function readReply(said: string): Reply {
  const [head = '', text = ''] = said.split('\r\n\r\n');
  const [status = '', ...fields] = head.split('\r\n');
  const headers = Object.fromEntries(
    fields.map((field) => {
      const [name = '', value = ''] = field.split(/: */, 2);
      return [name.toLowerCase(), value];
    }),
  );
  const isJson = headers['content-type']?.includes('json') ?? false;
  return {
    status: Number(status.split(' ')[1]),
    headers,
    text,
    json: isJson ? (JSON.parse(text) as Reply['json']) : undefined,
  };
}
