import type { EventBody, NewEvent } from '@cloudphone/contracts';

/** What the app service is told of its request: done, unless there is an error. */
export function appStepEnded(ended: {
  readonly kind: 'install' | 'uninstall';
  readonly request: EventBody<'app.install_requested'>;
  readonly error: string | null;
  readonly at: Date;
}): NewEvent {
  const { kind, request, error } = ended;
  const facts = { ...request, error, at: ended.at.toISOString() };
  if (kind === 'install') {
    const outcome = error === null ? 'installed' : 'failed';
    return { type: 'app.install_completed', data: { ...facts, outcome } };
  }
  const outcome = error === null ? 'removed' : 'failed';
  return { type: 'app.uninstall_completed', data: { ...facts, outcome } };
}
