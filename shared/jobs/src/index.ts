export type { AddOptions, JobQueue, QueueCounts } from './create-queue.ts';
export { createQueue } from './create-queue.ts';
export type { QueueBoard } from './create-queue-board.ts';
export { createQueueBoard } from './create-queue-board.ts';
export type { JobTools, JobWorker } from './create-worker.ts';
export { createWorker } from './create-worker.ts';
export type { JobDefinition } from './define-job.ts';
export { defineJob } from './define-job.ts';
