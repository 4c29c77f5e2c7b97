import { expect, test } from 'vitest';
import { postgresUrl, socketFolderOf } from './postgres-url.ts';

test('an embedded postgres → its address names the socket’s folder, and the port for other tools', () => {
  const socketFolder = socketFolderOf('/data/my phones/cluster');
  expect(postgresUrl({ port: 5440, database: 'user', socketFolder })).toBe(
    'postgres://postgres@127.0.0.1:5440/user?host=%2Fdata%2Fmy%20phones%2Fcluster',
  );
});

test.each([
  ['too long for a socket', `/${'é'.repeat(50)}`],
  ['two in a list of folders', '/data/phones,old/cluster'],
])('an embedded postgres → whose folder’s path is %s is reached by port', (_why, cluster) => {
  const socketFolder = socketFolderOf(cluster);
  expect(postgresUrl({ port: 5440, database: 'user', socketFolder })).toBe(
    'postgres://postgres@127.0.0.1:5440/user',
  );
});
