import { notificationCalls, tags } from '@cloudphone/contracts';
import { invalidInput, notFound } from '@cloudphone/errors';
import { answerCall, type Route } from '@cloudphone/http';
import { timeOrderedId } from '@cloudphone/runtime';
import type { CampaignTools } from '../campaigns/campaign-tools.ts';
import { asJson } from '../json-column.ts';
import type { Header } from './people-header.ts';
import { presentUpload } from './present-upload.ts';
import { readPeopleFile } from './read-people-file.ts';
import { createPeopleStore, type FileCounts } from './store-people.ts';

const FILE_LIMIT_BYTES = 50_000_000;
/** A million rows, looked up a thousand at a time. */
const DEADLINE_MS = 120_000;
const KEPT_DAYS = 7;

/** Reads a file of recipients while it arrives. A file that is refused leaves nothing behind. */
export function createUploadRoute(tools: CampaignTools): Route {
  return answerCall(
    notificationCalls.createUpload,
    async ({ bodyStream, identity }) => {
      const { postgres, writer, clock, people } = tools;
      const { db } = postgres;
      const uploadId = timeOrderedId(clock.now());
      const store = createPeopleStore({ uploadId, db, user: people.user });
      let header: Header | undefined;
      try {
        if (bodyStream === undefined) throw new Error('the route asks for a stream');
        await readPeopleFile(bodyStream, {
          header: (read) => {
            header = read;
          },
          row: store.add,
          badRow: store.reject,
        });
        const counts = await store.finish();
        refuseEmpty(counts);
        const now = new Date(clock.now());
        const { result, eventIds } = await writer.write(async (tx) => {
          const row = await tx
            .insertInto('uploads')
            .values({
              ...counts,
              id: uploadId,
              fields: header?.fields.map(({ name }) => name) ?? [],
              issues: asJson(counts.issues),
              created_by: identity.userId,
              created_at: now,
              expires_at: new Date(now.getTime() + KEPT_DAYS * 86_400_000),
            })
            .returningAll()
            .executeTakeFirstOrThrow();
          const { accepted, rejected } = counts;
          const data = { id: uploadId, accepted, rejected, at: now.toISOString() };
          return { result: row, events: [{ type: 'upload.created', data }] };
        });
        return { body: presentUpload(result), eventIds };
      } catch (err) {
        await db.deleteFrom('upload_people').where('upload_id', '=', uploadId).execute();
        throw err;
      }
    },
    { bodyLimitBytes: FILE_LIMIT_BYTES, deadlineMs: DEADLINE_MS },
  );
}

function refuseEmpty({ accepted, issues }: FileCounts): void {
  if (accepted > 0) return;
  throw invalidInput([
    { path: 'body', message: 'the file has nobody in it' },
    ...issues.map(({ line, message }) => ({ path: `body.line ${line}`, message })),
  ]);
}

export function getUploadRoute({ db }: CampaignTools): Route {
  return answerCall(notificationCalls.getUpload, async ({ params }) => {
    const row = await db
      .selectFrom('uploads')
      .selectAll()
      .where('id', '=', params.uploadId)
      .executeTakeFirst();
    if (row === undefined) throw notFound('upload', params.uploadId);
    return { body: presentUpload(row), tags: [{ tag: tags.upload(row.id) }] };
  });
}
